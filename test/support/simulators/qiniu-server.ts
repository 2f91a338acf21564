import { randomBytes } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import type { QiniuAnswer } from './qiniu-exchange';

// What a simulator needs of node:http. Web responses know no status 612.

export function write(response: ServerResponse, method: string, answer: QiniuAnswer, isHalf: boolean): void {
  const body = Buffer.from(answer.body as string);
  response.writeHead(answer.status, {
    'x-reqid': randomBytes(12).toString('base64url'),
    'access-control-allow-origin': '*',
    ...answer.headers,
    'content-length': body.length,
  });
  if (!isHalf) return void response.end(method === 'HEAD' ? undefined : body);
  response.write(body.subarray(0, body.length >> 1), () => response.socket?.destroy());
}

export async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export function firstBytes(request: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    request.once('data', () => resolve());
    request.once('end', resolve);
  });
}

export function sleep(ms: number, response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    response.on('close', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });
}

export function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

export function originOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
