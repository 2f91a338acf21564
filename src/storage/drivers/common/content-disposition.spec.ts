import { attachment } from './content-disposition';

describe('the name of a download', () => {
  it.each([
    ['letter.txt', `attachment; filename="letter.txt"; filename*=UTF-8''letter.txt`],
    [
      '头像 "1"; a.txt',
      `attachment; filename="__ _1__ a.txt"; filename*=UTF-8''%E5%A4%B4%E5%83%8F%20%221%22%3B%20a.txt`,
    ],
    [
      'a\r\nX-Injected: 1',
      `attachment; filename="a__X-Injected_ 1"; filename*=UTF-8''a%0D%0AX-Injected%3A%201`,
    ],
    [`it's (1)*.txt`, `attachment; filename="it_s (1)_.txt"; filename*=UTF-8''it%27s%20%281%29%2A.txt`],
    ['', `attachment; filename=""; filename*=UTF-8''`],
    ['\ud800', `attachment; filename="_"; filename*=UTF-8''%EF%BF%BD`],
  ])('%j', (name, header) => {
    expect(attachment(name)).toBe(header);
  });

  it('is cut, never within a character', () => {
    expect(attachment('😀'.repeat(300))).toContain(`''${'%F0%9F%98%80'.repeat(200)}`);
    expect(attachment('😀'.repeat(300)).length).toBeLessThan(3_000);
  });
});
