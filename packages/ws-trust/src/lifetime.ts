import { child, element, vocabulary, WSU, type XmlElement } from '@holdfast/soap';
import { instant } from '@holdfast/ws-security';
import { type TrustVersion, wst } from './namespaces.js';

const wsu = vocabulary('wsu', WSU);

/** wst:Lifetime (WS-Trust 1.3 §4.1): from when until when a token may be used. */
export interface Lifetime {
  readonly created: Date | undefined;
  readonly expires: Date | undefined;
}

/** Written in UTC with milliseconds: what every stack reads right. */
export function writeLifetime(version: TrustVersion, { created, expires }: Lifetime): XmlElement {
  return element(
    wst(version)('Lifetime'),
    [],
    created && element(wsu('Created'), [], created.toISOString()),
    expires && element(wsu('Expires'), [], expires.toISOString()),
  );
}

/** @throws SecurityError when an instant is not one in UTC */
export function readLifetime(lifetime: XmlElement): Lifetime {
  const created = child(lifetime, wsu('Created'));
  const expires = child(lifetime, wsu('Expires'));
  return { created: created && instant(created), expires: expires && instant(expires) };
}
