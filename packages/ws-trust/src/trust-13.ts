import { element, vocabulary } from '@holdfast/soap';
import type { TrustVocabulary } from './trust-vocabulary.js';

export const WST_13 = 'http://docs.oasis-open.org/ws-sx/ws-trust/200512';

const name = vocabulary('wst', WST_13);

/** WS-Trust 1.3, and 1.4, which keeps its names. */
export const trust13: TrustVocabulary = {
  namespace: WST_13,
  name,
  requestTypes: {
    Issue: `${WST_13}/Issue`,
    Renew: `${WST_13}/Renew`,
    Cancel: `${WST_13}/Cancel`,
    Validate: `${WST_13}/Validate`,
  },
  // The answer is a collection, and its Action says RSTR all the same (WS-SecureConversation 1.3 §3).
  contextActions: {
    issue: { request: `${WST_13}/RST/SCT`, answer: `${WST_13}/RSTR/SCT` },
    amend: { request: `${WST_13}/RST/SCT/Amend`, answer: `${WST_13}/RSTR/SCT/Amend` },
    renew: { request: `${WST_13}/RST/SCT/Renew`, answer: `${WST_13}/RSTR/SCT/Renew` },
    cancel: { request: `${WST_13}/RST/SCT/Cancel`, answer: `${WST_13}/RSTR/SCT/Cancel` },
  },
  secretTypes: { Nonce: `${WST_13}/Nonce`, SymmetricKey: `${WST_13}/SymmetricKey` },
  computedKeys: `${WST_13}/CK/`,
  answer: (response) => element(name('RequestSecurityTokenResponseCollection'), [], response),
};
