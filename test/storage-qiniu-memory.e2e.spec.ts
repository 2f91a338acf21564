import { carryLargeObject } from './support/large-object';
import { QINIU_ACCOUNT } from './support/simulators/qiniu-account';
import { QiniuSimulator } from './support/simulators/qiniu.simulator';

describe('a stream of 200 MiB to Qiniu and back', () => {
  it('arrives byte for byte, and never takes 100 MiB of memory', async () => {
    const simulator = await QiniuSimulator.start();
    try {
      const { url } = simulator;
      const { accessKey, secretKey } = QINIU_ACCOUNT;
      const hosts = { uploadUrl: url, rsUrl: url, rsfUrl: url, domain: simulator.domain() };
      await carryLargeObject({
        driver: 'qiniu',
        options: { accessKey, secretKey, bucket: 'avatars', ...hosts },
      });
    } finally {
      await simulator.stop();
    }
  }, 120_000);
});
