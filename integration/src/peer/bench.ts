import { callAll, converse } from './call.js';
import { printEvent } from './events.js';
import type { Options } from './options.js';
import { recorder } from './recorder.js';
import { startService } from './serve.js';
import { openStore } from './setup.js';

/** Measures calls a second, after a warm-up; without `--url` the recipient is in the same process, on a store of its own. */
export async function benchPeer(options: Options): Promise<number> {
  const service = options.url === '' ? await startService(storeIn(options, 'recipient')) : undefined;
  const target: Options = { ...storeIn(options, 'initiator'), url: service?.url ?? options.url };
  const store = await openStore(target);
  const conversation = await converse(target, store, recorder(''));
  const quiet = muted();
  let failed = 0;
  try {
    const until = performance.now() + Number(options['warm-up']) * 1000;
    while (performance.now() < until) failed += await callAll(conversation, target, 1_001);
    const count = Number(options.count);
    const cpu = process.cpuUsage();
    const began = performance.now();
    failed += await callAll(conversation, target, count);
    await settled(conversation);
    const seconds = (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    quiet.end();
    printEvent('bench', {
      operation: options.operation,
      count,
      seconds: Number(seconds.toFixed(3)),
      perSecond: Number((count / seconds).toFixed(1)),
      cpuMillisPerCall: Number(((user + system) / 1000 / count).toFixed(3)),
      failed,
    });
  } finally {
    quiet.end();
    await conversation.close();
    await store.close();
    await service?.close();
  }
  return failed;
}

/** One-way messages are done when they are acknowledged. */
async function settled(conversation: Awaited<ReturnType<typeof converse>>): Promise<void> {
  while ((conversation.status()?.outstanding ?? 0n) > 0n) await new Promise((resolve) => setTimeout(resolve, 2));
}

function storeIn(options: Options, side: string): Options {
  return options.store === '' ? options : { ...options, store: `${options.store}/${side}` };
}

/** An event for each call would be measured too. */
function muted(): { end(): void } {
  const write = process.stdout.write.bind(process.stdout);
  process.stdout.write = (() => true) as typeof process.stdout.write;
  return {
    end() {
      process.stdout.write = write;
    },
  };
}
