import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface PostFigures {
  readonly perSecond: number;
}

/** The floor: the same bytes by node:http alone, client and server in one process, nothing read and nothing kept. */
export async function measurePosts(
  bytes: { readonly request: number; readonly response: number },
  atATime: number,
  count: number,
): Promise<PostFigures> {
  const answer = Buffer.alloc(bytes.response, 'x');
  const question = Buffer.alloc(bytes.request, 'x');
  const server = createServer((incoming, response) => {
    incoming.on('data', () => {}).on('end', () => response.end(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true, maxSockets: atATime });
  const post = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        { host: '127.0.0.1', port, method: 'POST', agent, headers: { 'Content-Length': question.length } },
        (response) => {
          response.on('data', () => {}).on('end', resolve);
        },
      );
      outgoing.on('error', reject).end(question);
    });
  const run = async (total: number): Promise<number> => {
    let left = total;
    const began = performance.now();
    const worker = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        await post();
      }
    };
    await Promise.all(Array.from({ length: atATime }, worker));
    return (total / (performance.now() - began)) * 1000;
  };
  await run(Math.ceil(count / 4));
  const perSecond = await run(count);
  agent.destroy();
  await new Promise((resolve) => server.close(resolve));
  return { perSecond };
}
