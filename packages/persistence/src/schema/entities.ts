import { EntitySchema } from 'typeorm';

/**
 * The tables as TypeORM sees them. What is secret or the application's is in sealed columns; what a row is found by
 * is in the clear. Nothing of the wire format or of the protocol is known here.
 */

/** A session, whose state is sealed. */
export interface SessionRow {
  /** The order of creation. */
  readonly ordinal: number;
  readonly key: string;
  readonly version: number;
  /** A JSON array; authenticated together with the state. */
  readonly identifiers: string;
  readonly state: Uint8Array;
}

/** Which session an identifier leads to. */
export interface IdentifierRow {
  readonly identifier: string;
  readonly session: string;
}

/** A message of a session, whose body is sealed. */
export interface MessageRow {
  readonly session: string;
  readonly log: string;
  readonly number: string;
  readonly body: Uint8Array;
}

/** A serialized token or context. */
export interface SecretRow {
  readonly uuid: string;
  readonly sealed: Uint8Array;
}

/** One row for each key-encryption key that something may be sealed with; recognizes a wrong key. */
export interface KeyRow {
  readonly id: string;
  readonly verifier: Uint8Array;
}

/** A data key, sealed with a key-encryption key. */
export interface DataKeyRow {
  readonly id: string;
  readonly sealed: Uint8Array;
}

/** A migration of the application's own tables that was carried out. */
export interface ApplicationMigrationRow {
  readonly name: string;
  /** SHA-256 of its statements, in hexadecimal. */
  readonly digest: string;
}

/** What a message is known by, so that it is not accepted twice. */
export interface ReplayRow {
  /** SHA-256 of the endpoint and what makes the message unique. */
  readonly key: Uint8Array;
  /** When a repetition would be refused for its age anyway, in milliseconds since 1970. */
  readonly until: number;
}

/** Every table of ours begins with this; the application's must not. */
export const TABLE_PREFIX = 'holdfast_';

/** Where TypeORM notes which migrations were carried out. */
export const MIGRATIONS_TABLE = 'holdfast_migration';

/** The table of {@link SessionRow}. */
export const sessionEntity = new EntitySchema<SessionRow>({
  name: 'holdfast_session',
  columns: {
    ordinal: { type: 'integer', primary: true, generated: 'increment' },
    key: { type: 'text' },
    version: { type: 'bigint' },
    identifiers: { type: 'text' },
    state: { type: 'blob' },
  },
  indices: [{ name: 'holdfast_session_key', columns: ['key'], unique: true }],
});

/** The table of {@link IdentifierRow}. */
export const identifierEntity = new EntitySchema<IdentifierRow>({
  name: 'holdfast_identifier',
  columns: {
    identifier: { type: 'text', primary: true },
    session: { type: 'text' },
  },
  indices: [{ name: 'holdfast_identifier_session', columns: ['session'] }],
});

/** The table of {@link MessageRow}. */
export const messageEntity = new EntitySchema<MessageRow>({
  name: 'holdfast_message',
  columns: {
    session: { type: 'text', primary: true },
    log: { type: 'text', primary: true },
    number: { type: 'bigint', primary: true },
    body: { type: 'blob' },
  },
});

/** The table of tokens that initiators keep. */
export const tokenEntity = secretEntity('holdfast_token');
/** The table of contexts that a recipient issued. */
export const contextEntity = secretEntity('holdfast_context');

/** The table of {@link KeyRow}. */
export const keyEntity = new EntitySchema<KeyRow>({
  name: 'holdfast_key',
  columns: {
    id: { type: 'text', primary: true },
    verifier: { type: 'blob' },
  },
});

/** The table of {@link DataKeyRow}. */
export const dataKeyEntity = new EntitySchema<DataKeyRow>({
  name: 'holdfast_data_key',
  columns: {
    id: { type: 'text', primary: true },
    sealed: { type: 'blob' },
  },
});

/** The table of {@link ApplicationMigrationRow}. */
export const applicationMigrationEntity = new EntitySchema<ApplicationMigrationRow>({
  name: 'holdfast_application_migration',
  columns: {
    name: { type: 'text', primary: true },
    digest: { type: 'text' },
  },
});

/** The table of {@link ReplayRow}. */
export const replayEntity = new EntitySchema<ReplayRow>({
  name: 'holdfast_replay',
  withoutRowid: true,
  columns: {
    key: { type: 'blob', primary: true },
    until: { type: 'bigint' },
  },
  indices: [{ name: 'holdfast_replay_until', columns: ['until'] }],
});

/** Every table of the store, but for that of the migrations. */
export const storeEntities = [
  sessionEntity,
  identifierEntity,
  messageEntity,
  tokenEntity,
  contextEntity,
  keyEntity,
  dataKeyEntity,
  applicationMigrationEntity,
  replayEntity,
] as const;

function secretEntity(name: string): EntitySchema<SecretRow> {
  return new EntitySchema<SecretRow>({
    name,
    columns: {
      uuid: { type: 'text', primary: true },
      sealed: { type: 'blob' },
    },
  });
}
