import { vocabulary } from '@holdfast/soap';
import type { TrustVocabulary } from './trust-vocabulary.js';

export const WST_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/trust';

/** WS-Trust as of February 2005. */
export const trust2005: TrustVocabulary = {
  namespace: WST_2005,
  name: vocabulary('wst', WST_2005),
  requestTypes: {
    Issue: `${WST_2005}/Issue`,
    Renew: `${WST_2005}/Renew`,
    Cancel: `${WST_2005}/Cancel`,
    Validate: `${WST_2005}/Validate`,
  },
  contextActions: {
    issue: { request: `${WST_2005}/RST/SCT`, answer: `${WST_2005}/RSTR/SCT` },
    amend: { request: `${WST_2005}/RST/SCT/Amend`, answer: `${WST_2005}/RSTR/SCT/Amend` },
    renew: { request: `${WST_2005}/RST/SCT/Renew`, answer: `${WST_2005}/RSTR/SCT/Renew` },
    cancel: { request: `${WST_2005}/RST/SCT/Cancel`, answer: `${WST_2005}/RSTR/SCT/Cancel` },
  },
  secretTypes: { Nonce: `${WST_2005}/Nonce`, SymmetricKey: `${WST_2005}/SymmetricKey` },
  computedKeys: `${WST_2005}/CK/`,
  answer: (response) => response,
};
