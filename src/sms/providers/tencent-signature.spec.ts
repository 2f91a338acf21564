import { createHash } from 'node:crypto';

import { signTc3, tc3Keys, TENCENT_SMS } from './tencent-signature';

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');
const hexKeys = (...args: Parameters<typeof tc3Keys>): string[] =>
  Object.values(tc3Keys(...args)).map((key) => key.toString('hex'));

/** https://cloud.tencent.com/document/api/382/52075; the asterisks belong to the keys. */
const PUBLISHED = {
  secretId: 'AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******',
  secretKey: 'Gu5t9xGARNpq86cd98joQYCN3*******',
  service: 'cvm',
  host: 'cvm.tencentcloudapi.com',
  contentType: 'application/json; charset=utf-8',
  timestamp: 1551113065,
  body: '{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}',
};

const SMS = {
  ...TENCENT_SMS,
  secretId: 'AKIDEXAMPLEEXAMPLEEXAMPLE00000001',
  secretKey: 'exampleSecretKey0000000000000001',
  body: '{"PhoneNumberSet":["+8613800138000"],"SmsSdkAppId":"1400006666","TemplateId":"1110","SignName":"腾讯云","TemplateParamSet":["438217","5"]}',
};

const OTHER_KEYS = {
  ...TENCENT_SMS,
  secretId: 'AKIDEXAMPLEEXAMPLEEXAMPLE00000002',
  secretKey: 'exampleSecretKey0000000000000002',
  timestamp: 1773000123,
};

describe('signTc3 on the published example', () => {
  it('hashes the body', () => {
    expect(sha256(PUBLISHED.body)).toBe('35e9c5b0e3ae67532d3c9f17ead6c90222632e5b1ff7f6e89887f1398934f064');
  });

  it('derives the keys', () => {
    expect(hexKeys(PUBLISHED.secretKey, '2019-02-25', 'cvm')).toEqual([
      'f1cb4d518a0eda9d5cbbfdb7850983f1e603eeae484edea76e4dd8d8deb5556e',
      'e7c609ce81bea53546bed2cc904778bef9ca14082e48e67883443ed64e227cd7',
      '8aa8ab5755582f576e94bcfe383b8e29325b0ca90c3590d569221c6a63a091ed',
    ]);
  });

  it('signs content type and host', () => {
    const signature = '2230eefd229f582d8b1b891af7107b91597240707d778ab3738f756258d7652c';
    expect(signTc3(PUBLISHED)).toEqual({
      scope: '2019-02-25/cvm/tc3_request',
      requestHash: '5ffe6a04c0664d6b969fab9a13bdab201d63ee709638e2749d62a09ca18d7031',
      signature,
      authorization: `TC3-HMAC-SHA256 Credential=AKIDz8krbsJ5yKBZQpn74WFkmLPx3*******/2019-02-25/cvm/tc3_request, SignedHeaders=content-type;host, Signature=${signature}`,
    });
  });

  it('signs the action too when asked', () => {
    expect(signTc3({ ...PUBLISHED, signedAction: 'DescribeInstances' })).toMatchObject({
      requestHash: '7019a55be8395899b900fb5564e4200d984910f34794a27cb3fb7d10ff6a1e84',
      signature: 'be4f67d323c78ab9acb7395e43c0dbcf822a9cfac32fea2449a7bc7726b770a3',
    });
  });
});

describe('signTc3 for SMS', () => {
  it('signs in the last second of a UTC year, when it is already the next in Beijing', () => {
    expect(sha256(SMS.body)).toBe('dfde79684d615358af202c53445ae5ba9b1dc4aeac4732d96a6ba2d38c5ac6a1');
    expect(signTc3({ ...SMS, contentType: 'application/json', timestamp: 1767225599 })).toMatchObject({
      scope: '2025-12-31/sms/tc3_request',
      requestHash: '012ae00b6b9c6607e38a2ceaeb8e6f9f8da6970b069591d885e3d76aa7eca3a7',
      signature: 'e84ef98157cb27b6e9608622138559eb42dc23cc7b3a3236376943ade3188910',
    });
    expect(hexKeys(SMS.secretKey, '2025-12-31', 'sms')[2]).toBe(
      '67dc1d74c227b502ed7ac22fe9711a3ec0db55682e2eaa263b066ff4ec8b9651',
    );
  });

  it('signs in the first second of a UTC year', () => {
    const request = { ...SMS, contentType: 'application/json; charset=utf-8', timestamp: 1767225600 };
    expect(signTc3(request)).toMatchObject({
      scope: '2026-01-01/sms/tc3_request',
      requestHash: 'f1c9978d65b64d849892fedea34d960dfa9df584da2b8ef90089327a8cac7361',
      signature: '6ca51bc7bc9441fe1688b7e3df0d4a510a5fe6dc6e4286a843361634b15ecbb1',
    });
    expect(hexKeys(SMS.secretKey, '2026-01-01', 'sms')).toEqual([
      '6b362f193f2064aa29be5f7d40c8a64a0a8c6a1a38739d87401d1d279c80c997',
      'b976ae60b58159d1171b80ba0ee78616decd36adbfc5b1236aabb8bb31fe6833',
      'bb5b25eb3f18bf78e15314c166aa9897bd33afca488aa8762d49ea7d77602926',
    ]);
    expect(signTc3({ ...request, signedAction: 'SendSms' })).toMatchObject({
      requestHash: '4c4c4d925860a4a4b711589452075220e6ea8fabcfdf7c5ae5e8822a403694a0',
      signature: 'c18c06479e19f85b9525330cd125d277cdfcce53e78539ec558098604cc9cff4',
    });
  });

  it.each([
    [
      'several numbers',
      'application/json; charset=utf-8',
      '{"PhoneNumberSet":["+8613800138000","+8613800138001","+8613800138002"],"SmsSdkAppId":"1400006666","TemplateId":"449739","SignName":"示例公司","TemplateParamSet":["000000"],"SessionContext":"req-0001","ExtendCode":"10"}',
      '83facd62838df1c855e94bddefa3351880410d593368b2d0ca93b88061882b4b',
      '291b1251c9aefb3c4289bb6ef3f64b971d908f32b58c6046190be859b74606a9',
    ],
    [
      'another action',
      'application/json',
      '{"BeginTime":1772990000,"EndTime":1773000000,"Offset":0,"Limit":100,"PhoneNumber":"+8613800138000","SmsSdkAppId":"1400006666"}',
      '9d58ccab810727e770be968e53fe73d7aa4068bfd83afa6a217379ef462f4f18',
      '4a4d421d7f52c9bf1e68909a3034cce7e90e28812f9c68ea0e1448e1d930b506',
    ],
  ])('signs %s', (_, contentType, body, bodyHash, signature) => {
    expect(sha256(body)).toBe(bodyHash);
    expect(signTc3({ ...OTHER_KEYS, contentType, body }).signature).toBe(signature);
  });
});
