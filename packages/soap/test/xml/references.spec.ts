import { expect } from 'chai';
import { resolved } from '#src/xml/references.js';

describe('resolved', () => {
  for (const [written, expected] of [
    ['', ''],
    ['no reference; none #65;', 'no reference; none #65;'],
    ['&lt;&gt;&amp;&quot;&apos;', `<>&"'`],
    ['a&#65;b&#x42;c', 'aAbBc'],
    ['&#x1F600;&#128512;', '😀😀'],
    ['&#x0000000041;', 'A'],
    ['&#xfffd;&#xFFFD;', '\ufffd\ufffd'],
    ['&#9;&#10;&#13;', '\t\n\r'],
    ['&amp;lt;&#38;gt;', '&lt;&gt;'],
    ['&#x10FFFF;', '\u{10ffff}'],
  ] as const) {
    it(`makes ${JSON.stringify(expected)} of ${written}`, () => expect(resolved(written)).to.equal(expected));
  }

  for (const written of [
    '&',
    'a & b',
    '&;',
    '&lt',
    '&lt ;',
    '& lt;',
    '&LT;',
    '&nbsp;',
    '&constructor;',
    '&__proto__;',
    '&lt&gt;',
    '&#;',
    '&#x;',
    '&#X41;',
    '&#xG;',
    '&#4a;',
    '&#-1;',
    '&#+65;',
    '&# 65;',
    '&#65.0;',
    '&#6_5;',
    '&#65\n;',
    '&#x41\n;',
    '&#0;',
    '&#8;',
    '&#x1F;',
    '&#xD800;',
    '&#xDFFF;',
    '&#xFFFE;',
    '&#xFFFF;',
    '&#x110000;',
    '&#99999999999999999999999999;',
    '&amp;&amp',
  ]) {
    it(`finds no reference in ${JSON.stringify(written)}`, () => expect(resolved(written)).to.equal(undefined));
  }
});
