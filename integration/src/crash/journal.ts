/** What an application wrote into its journal, in the transaction of a delivery. */
export interface JournalRow {
  readonly message: number;
  readonly number: number;
  readonly sequence: string;
  readonly context: string;
}
