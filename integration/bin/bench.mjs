// npm run bench: the figures of docs/performance.md.
import { runBench } from '../dist/bench/bench.js';

process.exitCode = await runBench(process.argv.slice(2));
