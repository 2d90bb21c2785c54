import type { Chance } from './chance.js';

/** The document with one thing, or a few, done to it that nobody meant. */
export function mutated(chance: Chance, document: string): string {
  let result = document;
  for (let left = 1 + chance.below(3); left > 0; left--) {
    result = chance.oneIn(2) ? withoutSense(chance, result) : byTokens(chance, result);
  }
  return result;
}

/** The octets with a few of them changed; the result need not be UTF-8. */
export function mutatedOctets(chance: Chance, octets: Uint8Array): Uint8Array {
  const result = Uint8Array.from(octets);
  for (let left = 1 + chance.below(2); left > 0 && result.length > 0; left--) {
    const at = chance.below(result.length);
    result[at] = chance.oneIn(2) ? chance.below(256) : (result[at] as number) ^ (1 << chance.below(7));
  }
  return result;
}

function withoutSense(chance: Chance, document: string): string {
  const at = chance.below(document.length + 1);
  const rest = document.slice(at);
  switch (chance.below(6)) {
    case 0:
      return document.slice(0, at) + rest.slice(1);
    case 1:
      return document.slice(0, at) + chance.of(CHARACTERS) + rest;
    case 2:
      return document.slice(0, at) + chance.of(CHARACTERS) + rest.slice(1);
    case 3:
      return document.slice(0, at) + rest.slice(0, 1) + rest;
    case 4:
      return document.slice(0, at) + rest.slice(1, 2) + rest.slice(0, 1) + rest.slice(2);
    default:
      return chance.oneIn(4) ? document.slice(0, at) : document.slice(0, at) + chance.of(SNIPPETS) + rest;
  }
}

function byTokens(chance: Chance, document: string): string {
  const tokens = document.split(/(<[^<>]*>|[\s="'/?&;:]|--)/).filter((token) => token !== '');
  const at = chance.below(tokens.length + 1);
  const other = chance.below(tokens.length + 1);
  switch (chance.below(5)) {
    case 0:
      return tokens.toSpliced(at, 1).join('');
    case 1:
      return tokens.toSpliced(at, 0, tokens[other] ?? '').join('');
    case 2:
      return tokens.toSpliced(at, 1, tokens[other] ?? '').join('');
    case 3:
      return tokens.toSpliced(at, 0, chance.of(SNIPPETS)).join('');
    default:
      return tokens.toSpliced(at, 1, chance.of(SNIPPETS)).join('');
  }
}

/** Characters that mean something somewhere, or that XML does not have, or has not everywhere. */
export const CHARACTERS: readonly string[] = [
  ...'<>&;#"\'=/!?-[]: \t\r\nax0.',
  '\0',
  '\x01',
  '\x0b',
  '\x1f',
  '\x7f',
  '\u0085',
  '\u00a0',
  '\u00b7',
  '\u00d7',
  '\u0301',
  '\u037e',
  '\u2028',
  '\u2190',
  '\u3000',
  '\ufeff',
  '\ufffd',
  '\ufffe',
  '\uffff',
  '\ud83d',
  '\ude00',
  '\u{10000}',
  '\u{EFFFF}',
  '\u{F0000}',
];

/** Pieces of markup, right and wrong. */
export const SNIPPETS: readonly string[] = [
  ']]>',
  ']]',
  '--',
  '-->',
  '<!--',
  '<!---->',
  '<!--->',
  '<!-- -- -->',
  '<![CDATA[',
  '<![CDATA[]]>',
  '<![cdata[x]]>',
  '<!DOCTYPE a>',
  '<!x>',
  '<?x?>',
  '<?x',
  '<? x?>',
  '<?xml version="1.0"?>',
  '<?XML version="1.0"?>',
  '<?xml?>',
  ' version="1.0"',
  ' encoding="UTF-8"',
  ' standalone="no"',
  '?>',
  '<a/>',
  '<a>',
  '</a>',
  '</a ',
  '</>',
  '<>',
  '/>',
  '</',
  '< a/>',
  '<p:a/>',
  ' a="1"',
  ' a="1" a="2"',
  " b = '\"'",
  " xmlns='urn:a'",
  ' xmlns:p="urn:b"',
  ' xmlns:p=""',
  ' xmlns:1="urn:a"',
  ' xmlns:xmlns="urn:a"',
  ' p:a=""',
  ' a:=""',
  ' :a=""',
  ' p:a:b=""',
  ' a',
  ' a=',
  ' a=b',
  '="<"',
  '&',
  '&;',
  '&amp',
  '&amp;',
  '&AMP;',
  '&nbsp;',
  '&__proto__;',
  '&#;',
  '&#x;',
  '&#X41;',
  '&#0;',
  '&#1;',
  '&#x20;',
  '&#xD800;',
  '&#xFFFF;',
  '&#x10FFFF;',
  '&#x110000;',
  '&#99999999999999999999;',
  '&#-1;',
  '&#1e1;',
  '&# 65;',
  '&#65',
  '\r',
  '\r\n',
  ' ',
];
