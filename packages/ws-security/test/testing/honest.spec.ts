import { parse } from '@holdfast/soap';
import { expect } from 'chai';
import { resealed } from '#src/testing/attacks/reseal.js';
import { SecuredMessage, text } from '#src/testing/attacks/secured-message.js';
import { unprotect } from '#src/unprotect.js';
import { type Kind, made, madeByOther, shapes } from '../kinds.js';
import { now } from '../samples.js';

function open(message: string, { description, lookup, request }: Kind): void {
  unprotect(parse(message), description, lookup, { now, ...(request === undefined ? {} : { request }) });
}

describe('what the generator of attacks does to every message', () => {
  for (const kind of shapes()) {
    it(`leaves nothing wrong where there is no fault: ${kind.name}`, () => {
      const { message, signingKey } = made(kind);
      const { root, signature } = new SecuredMessage(message);
      open(text(root), kind);
      const again = text(resealed(root, { signingKey }));
      open(again, kind);
      // It is signed anew, and not just left as it was.
      const wrong = { secret: Buffer.alloc(32, 1) };
      if (signature === undefined || 'privateKey' in signingKey) return;
      expect(() => open(text(resealed(root, { signingKey: wrong })), kind)).to.throw();
    });

    it(`takes a message of another whom the receiver trusts: ${kind.name}`, () => {
      const other = madeByOther(kind);
      if (other !== undefined) open(other.message, kind);
      else expect(kind.description.token).to.equal('EncryptedKey');
    });
  }
});
