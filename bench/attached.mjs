// Preloaded into every measured process: tells what it has used, profiles it on demand, and ends it with the bench.
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const inspector = new Session();

const ANSWERS = {
  usage: () => ({ memory: process.memoryUsage.rss(), cpu: process.cpuUsage() }),
  async profile() {
    inspector.connect();
    await inspector.post('Profiler.enable');
    await inspector.post('Profiler.setSamplingInterval', { interval: 200 });
    await inspector.post('Profiler.start');
  },
  async profiled({ file }) {
    const { profile } = await inspector.post('Profiler.stop');
    inspector.disconnect();
    writeFileSync(file, JSON.stringify(profile));
  },
};

if (process.send) {
  process.on('message', async (message) => {
    if (!(message.ask in ANSWERS)) return;
    process.send({ answer: message.ask, value: await ANSWERS[message.ask](message) });
  });
  process.once('disconnect', () => process.exit());
  // Else the channel would keep alive a process that has shut down.
  process.channel.unref();
}
