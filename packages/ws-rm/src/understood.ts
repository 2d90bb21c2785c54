import type { Name } from '@holdfast/soap';
import { WSRM_11 } from './namespaces.js';

const understood: ReadonlySet<string> = new Set([
  'Sequence',
  'SequenceAcknowledgement',
  'AckRequested',
  'SequenceFault',
  'UsesSequenceSTR',
]);

/**
 * Whether reliable messaging processes header blocks of this name, for those who check mustUnderstand. UsesSequenceSSL
 * is processed too: it makes CreateSequence be refused.
 */
export function understoodHeaders(name: Name): boolean {
  return name.namespace === WSRM_11 && (understood.has(name.local) || name.local === 'UsesSequenceSSL');
}
