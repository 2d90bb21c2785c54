import { parse } from '@holdfast/soap';
import { unprotect } from '@holdfast/ws-security';
import { expect } from 'chai';
import { judgeValid } from '#src/corpus/judge.js';
import { lookupFor } from '#src/corpus/keys.js';
import { messageOf } from '#src/corpus/manifest.js';
import { policyOfValid } from '#src/corpus/policy.js';
import { refusal } from './kit.js';
import { corpus, keys } from './wss4j.js';

describe('valid messages of WSS4J 4', () => {
  for (const entry of corpus.valid) {
    const { name } = entry;
    const policy = policyOfValid(entry);

    it(`${name} is accepted, with the stated parts signed and encrypted, and the stated Body`, () => {
      expect(judgeValid(entry, corpus, keys)).to.deep.equal({ accepted: true, why: 'accepted', code: undefined });
    });

    const { token } = policy.description;
    const isShared = token === 'SecurityContextToken' || token === 'EncryptedKey';
    if (policy.description.acceptUnderivedKeys && isShared && !policy.usesKeyOfRequest) {
      it(`${name} is refused where keys must be derived`, () => {
        const implied = entry.actions.some((action) => action.with === 'implied');
        const message = messageOf(corpus, entry);
        const open = () =>
          unprotect(
            parse(message),
            { ...policy.description, acceptUnderivedKeys: false },
            lookupFor(entry, message, policy, corpus, keys),
            { now: corpus.now },
          );
        if (implied) expect(open()).to.have.property('envelope');
        else expect(refusal(open)).to.be.oneOf(['wrong-token', 'unsupported-token']);
      });
    }
  }
});
