import type { ProvenToken } from '@holdfast/soap';
import type {
  ProtectionDescription,
  ProtectionKeys,
  SecurityContextKey,
  SecurityProof,
  SupportingToken,
  Unprotected,
} from '@holdfast/ws-security';

/** How messages are protected with a context: requests, and the answers to them. */
export interface ContextProtection {
  readonly request: ProtectionDescription;
  readonly answer: ProtectionDescription;
  requestKeys(context: SecurityContextKey): ProtectionKeys;
  answerKeys(context: SecurityContextKey): ProtectionKeys;
  /** What is proven about a request that was opened. */
  requestProof(opened: Unprotected): SecurityProof;
  /** What is proven about an answer to a request under the context. */
  answerProof(opened: Unprotected, context: SecurityContextKey): SecurityProof;
}

/** What a description of application messages means for requests and for answers. */
export function contextProtection(application: ProtectionDescription): ContextProtection {
  return application.token === 'transport' ? endorsing(application) : symmetric(application);
}

/** The context signs and encrypts (symmetric binding). */
function symmetric(description: ProtectionDescription): ContextProtection {
  return {
    request: description,
    answer: description,
    requestKeys: (context) => ({ kind: 'SecurityContextToken', context, includeToken: true }),
    answerKeys: (context) => ({ kind: 'SecurityContextToken', context, includeToken: false }),
    requestProof: ({ proof }) => proof,
    answerProof: ({ proof }) => proof,
  };
}

/** TLS protects, and the context endorses the Timestamp of each request (transport binding). */
function endorsing(description: ProtectionDescription): ContextProtection {
  const answer = { ...description, supportingTokens: [] };
  return {
    request: { ...description, supportingTokens: [ENDORSER] },
    answer,
    requestKeys: (context) => ({
      kind: 'transport',
      supporting: [{ kind: 'SecurityContextToken', context, includeToken: true }],
    }),
    answerKeys: () => ({ kind: 'transport' }),
    requestProof: ({ proof }) => byTransport(proof, proof.tokens),
    answerProof: ({ proof }, { identifier, instance, identity }) =>
      byTransport(proof, [
        {
          kind: 'SecurityContextToken',
          id: identifier,
          ...(instance === undefined ? {} : { instance }),
          identity,
        },
      ]),
  };
}

/** Nobody on the way can change or read what TLS carries: who is at the other end stands behind all of it. */
function byTransport(proof: SecurityProof, tokens: readonly ProvenToken[]): SecurityProof {
  return { ...proof, tokens, signers: () => tokens, encrypters: () => tokens };
}

const ENDORSER: SupportingToken = { token: 'SecurityContextToken', endorsing: true, signed: false, encrypted: false };
