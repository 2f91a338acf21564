// A gateway that takes every message and answers after 200 ms, as Luosimao does.
import { createServer } from 'node:http';

const ANSWER_MS = 200;
let inFlight = 0;
let most = 0;

const server = createServer((request, response) => {
  request.resume();
  if (request.url === '/most') return void response.end(String(most));
  most = Math.max(most, (inFlight += 1));
  setTimeout(() => {
    inFlight -= 1;
    response.setHeader('content-type', 'application/json').end('{"error":0,"msg":"ok","batch_id":"0"}');
  }, ANSWER_MS);
});
// Longer than the clients keep an idle connection: it never closes one that is about to be used.
server.keepAliveTimeout = 60_000;
server.listen(Number(process.env.PORT), '127.0.0.1');
