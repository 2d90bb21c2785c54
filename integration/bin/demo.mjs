// npm start: the demonstration of a conversation that survives kill -9.
import { runDemo } from '../dist/demo/demo.js';

process.exitCode = await runDemo(process.argv.slice(2));
