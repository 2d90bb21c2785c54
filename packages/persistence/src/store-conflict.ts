import { StoreError } from '@holdfast/soap';

/** Another step of this session was committed first. */
export function versionConflict(key: string, stored: number | undefined, given: number): StoreError {
  const is = stored === undefined ? 'is not in the store' : `is at version ${stored}`;
  const wanted = given === 1 ? 'was to be created' : `was to go from version ${given - 1} to ${given}`;
  return new StoreError(
    'store-conflict',
    `Session "${key}" ${is}, and it ${wanted}. Load it again and repeat the step.`,
  );
}

/** Two sessions must never be found by one identifier: whoever chose it second would take over the first. */
export function identifierConflict(key: string, identifier: string, owner: string): StoreError {
  return new StoreError(
    'store-conflict',
    `The identifier "${identifier}" belongs to session "${owner}" and cannot be session "${key}"'s too.`,
  );
}
