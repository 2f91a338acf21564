import { readFlatXml } from './flat-xml';

describe('readFlatXml', () => {
  it('reads the leaves of one element, with references and CDATA resolved', () => {
    const text =
      '<?xml version="1.0" encoding="UTF-8"?>\n<request><Action>A&amp;B</Action><a><b x="1"> 1 </b></a>' +
      '<c><![CDATA[<d>&]]></c></request>\n';
    expect(readFlatXml(text, 'request')).toEqual([
      ['action', 'A&B'],
      ['b', '1'],
      ['c', '<d>&'],
    ]);
  });

  it.each([
    ['another root', '<Response><a>1</a></Response>'],
    ['a cut document', '<Request><a>1</a>'],
    ['two documents', '<Request><a>1</a></Request><x/>'],
    ['a comment', '<Request><!-- <a>1</a> --></Request>'],
    ['a document type', '<!DOCTYPE Request [<!ENTITY a "1">]><Request><a>&a;</a></Request>'],
    [
      'a document that unfolds',
      '<!DOCTYPE r [<!ENTITY a "1"><!ENTITY b "&a;&a;">]><Request><a>&b;</a></Request>',
    ],
    ['too much', `<Request><a>${'1'.repeat(70_000)}</a></Request>`],
    ['nothing', ''],
  ])('refuses %s', (_, text) => {
    expect(readFlatXml(text, 'request')).toBeUndefined();
  });

  it('leaves references alone that XML does not define', () => {
    expect(readFlatXml('<Request><a>&xxe;&#38;</a></Request>', 'request')).toEqual([['a', '&xxe;&#38;']]);
  });

  it('takes no time for hostile text', () => {
    const startedAt = performance.now();
    for (const part of ['<a>', '</Request>', '<![CDATA[', ' ', '<a ', '&lt;'])
      readFlatXml(`<Request>${part.repeat(Math.floor(60_000 / part.length))}`, 'request');
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});
