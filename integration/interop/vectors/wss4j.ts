import { readKeys } from '#src/corpus/keys.js';
import { readCorpus } from '#src/corpus/manifest.js';
import { sharedPath } from '../shared.js';

/** The corpus that WSS4J made (its README says what each member means), and the keys it was made with. */
export const corpus = readCorpus(sharedPath('vectors/wss4j4'));
export const keys = readKeys(sharedPath('peers/keys'));
