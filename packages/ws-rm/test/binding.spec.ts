import { element, type IncomingMessage, type Proof, type ProvenToken, unproven, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { assertBound, type Binding, commonSigner } from '#src/binding.js';
import { bindingOf, CreationRefused } from '#src/creation-binding.js';
import type { CreateSequence } from '#src/elements/create-sequence.js';
import { wsrm11Names as names, WSRM_11 } from '#src/namespaces.js';
import { readContent, rmBlocks } from '#src/read-content.js';
import { wsrm11 } from '#src/wsrm-11.js';
import { ANONYMOUS_EPR, codeOf, incoming, thrown } from './support/samples.js';
import { contextToken, FakeTokens, signedBy } from './support/secured.js';

const TOKEN = 'urn:uuid:token';
const OTHER = 'urn:uuid:other';
const alice = contextToken(TOKEN, 'x509:alice');
const mallory = contextToken(TOKEN, 'x509:mallory');
const otherOfAlice = contextToken(OTHER, 'x509:alice');
const certificate: ProvenToken = { kind: 'X509', id: 'a1', identity: 'x509:alice' };
const sct = new FakeTokens();

/** Everything that can be about a sequence: application message, acknowledgement, request for it, close, fault. */
const messages: Readonly<Record<string, IncomingMessage>> = {
  'an application message': incoming({
    headers: [wsrm11.writeSequence({ identifier: 'urn:s', messageNumber: 1n }, '1.2')],
    body: [element({ prefix: 't', namespace: 'urn:t', local: 'order' })],
  }),
  'an acknowledgement': incoming({
    headers: [wsrm11.writeAcknowledgement({ identifier: 'urn:s', ranges: [], final: false, nacks: [] })],
    addressing: { action: wsrm11.actions['sequence-acknowledgement'] },
  }),
  'an AckRequested': incoming({
    headers: [wsrm11.writeAckRequested({ identifier: 'urn:s' })],
    addressing: { action: wsrm11.actions['ack-requested'] },
  }),
  'a CloseSequence': incoming({
    body: [wsrm11.writeBody({ kind: 'close-sequence', value: { identifier: 'urn:s' } })],
    addressing: { action: wsrm11.actions['close-sequence'] },
  }),
  'a TerminateSequence': incoming({
    body: [wsrm11.writeBody({ kind: 'terminate-sequence', value: { identifier: 'urn:s' } })],
    addressing: { action: wsrm11.actions['terminate-sequence'] },
  }),
  'a SequenceFault': incoming({
    headers: [
      element(names('SequenceFault'), [], {
        ...element(names('FaultCode'), [], 'r:UnknownSequence'),
        declarations: [{ prefix: 'r', namespace: WSRM_11 }],
      }),
    ],
    soap: '1.1',
    addressing: { action: wsrm11.actions.fault },
  }),
};

const isBody = ({ local }: XmlElement) => local === 'Body';
const isAction = ({ local }: XmlElement) => local === 'Action';
const isRm = ({ namespace }: XmlElement) => namespace === WSRM_11;

const token: Binding = { kind: 'token', uuid: TOKEN, identity: 'x509:alice' };
const context: Binding = { kind: 'identity', identity: 'x509:alice', context: TOKEN };
const identity: Binding = { kind: 'identity', identity: 'x509:alice' };

describe('a sequence that is bound (CHECKLIST §5.8: RM-6.1-4, RM-6.1-7, RSP-SRM-2 … -5)', () => {
  const cases: readonly (readonly [string, Binding, Proof, 'taken' | 'part-not-signed' | 'wrong-token'])[] = [
    ['its token', token, signedBy([alice]), 'taken'],
    ['its token, renewed (RM-6.1-6)', token, signedBy([{ ...alice, instance: '2' }]), 'taken'],
    ['its token and another', token, signedBy([certificate, alice]), 'taken'],
    ['nobody', token, unproven, 'part-not-signed'],
    ['another token of the same identity (RSP-SRM-9)', token, signedBy([otherOfAlice]), 'wrong-token'],
    ['a token of that name in other hands', token, signedBy([mallory]), 'wrong-token'],
    ['the certificate of the same identity', token, signedBy([certificate]), 'wrong-token'],
    ['its token, but for the Body', token, signedBy([alice], isBody), 'part-not-signed'],
    ['its token, but for wsa:Action', token, signedBy([alice], isAction), 'part-not-signed'],
    ['the context that created it', context, signedBy([alice]), 'taken'],
    ['another context of the identity that created it', context, signedBy([otherOfAlice]), 'wrong-token'],
    ['the identity that created it', identity, signedBy([certificate]), 'taken'],
    ['another identity', identity, signedBy([mallory]), 'wrong-token'],
    ['nobody, where the operator allows that', { kind: 'none' }, unproven, 'taken'],
  ];
  for (const [what, message] of Object.entries(messages)) {
    describe(`and ${what}`, () => {
      for (const [signer, binding, proof, expected] of cases) {
        it(`signed by ${signer}: ${expected}`, () => {
          const blocks = rmBlocks(readContent(message, wsrm11).headers);
          const judge = () => assertBound({ ...message, proof }, binding, blocks);
          if (expected === 'taken') judge();
          else expect(codeOf(thrown(judge))).to.equal(expected);
        });
      }

      it('signed by its token, but for the header block of WS-RM: part-not-signed', () => {
        const blocks = rmBlocks(readContent(message, wsrm11).headers);
        if (blocks.length === 0) return;
        const proof = signedBy([alice], isRm);
        expect(codeOf(thrown(() => assertBound({ ...message, proof }, token, blocks)))).to.equal('part-not-signed');
      });
    });
  }

  it('is not taken over by a header block that another token signed (RM-6.1-8)', () => {
    const message = messages['an application message'] as IncomingMessage;
    const blocks = rmBlocks(readContent(message, wsrm11).headers);
    const proof: Proof = {
      ...signedBy([alice]),
      signers: (of) => (isRm(of) ? [otherOfAlice] : [alice]),
    };
    expect(codeOf(thrown(() => assertBound({ ...message, proof }, token, blocks)))).to.equal('wrong-token');
    expect(commonSigner({ ...message, proof }, blocks)).to.equal(undefined);
  });
});

describe('what a CreateSequence binds to (CHECKLIST §5.8: RM-6.1-1 … -3, RM-6.2-1 … -3, RSP-SRM-1)', () => {
  const STR = sct.reference(TOKEN);
  const USES_STR = wsrm11.writeUsesSequenceStr('1.2');
  const USES_SSL = element(names('UsesSequenceSSL'));
  const allowed = { acceptUnbound: true, dangerouslyUnsecured: true };
  const strict = { acceptUnbound: false, dangerouslyUnsecured: false };

  const judge = (
    headers: readonly XmlElement[],
    reference: XmlElement | undefined,
    proof: Proof,
    config: { readonly acceptUnbound: boolean; readonly dangerouslyUnsecured: boolean },
  ): Binding => {
    const value: CreateSequence = {
      acksTo: ANONYMOUS_EPR,
      ...(reference === undefined ? {} : { securityTokenReference: reference }),
    };
    const message = incoming({
      headers,
      body: [wsrm11.writeBody({ kind: 'create-sequence', value })],
      addressing: { action: wsrm11.actions['create-sequence'] },
    });
    const content = readContent(message, wsrm11);
    if (content.body?.kind !== 'create-sequence') throw new Error('unexpected');
    return bindingOf({ ...message, proof }, content.body.value, content, config, sct);
  };

  it('with reference and header block, signed by that token: to the token', () => {
    expect(judge([USES_STR], STR, signedBy([alice]), strict)).to.deep.equal(token);
  });

  it('signed by a context, without either: to the identity and the context', () => {
    expect(judge([], undefined, signedBy([alice]), allowed)).to.deep.equal(context);
  });

  it('signed by a certificate: to the identity', () => {
    expect(judge([], undefined, signedBy([certificate]), allowed)).to.deep.equal(identity);
  });

  it('signed by nobody, where the operator allows that: to nothing', () => {
    expect(judge([], undefined, unproven, allowed)).to.deep.equal({ kind: 'none' });
  });

  const refused: readonly (readonly [string, () => unknown])[] = [
    ['signed by nobody', () => judge([], undefined, unproven, strict)],
    ['signed, without reference, where one is demanded', () => judge([], undefined, signedBy([alice]), strict)],
    ['with a reference, signed by nobody', () => judge([USES_STR], STR, unproven, allowed)],
    ['with UsesSequenceSTR, signed by nobody', () => judge([USES_STR], undefined, unproven, allowed)],
    ['with a reference and without UsesSequenceSTR', () => judge([], STR, signedBy([alice]), allowed)],
    ['with UsesSequenceSTR and without reference', () => judge([USES_STR], undefined, signedBy([alice]), allowed)],
    [
      'with a reference to another token than signed',
      () => judge([USES_STR], sct.reference(OTHER), signedBy([alice]), allowed),
    ],
    ['with a reference, signed by a certificate', () => judge([USES_STR], STR, signedBy([certificate]), allowed)],
    ['with a reference to nothing that is known', () => judge([USES_STR], element(STR), signedBy([alice]), allowed)],
    ['with UsesSequenceSSL (RM-6.2-3)', () => judge([USES_SSL], undefined, signedBy([alice]), allowed)],
    [
      'with UsesSequenceSSL and UsesSequenceSTR (RM-6.2-2)',
      () => judge([USES_STR, USES_SSL], STR, signedBy([alice]), allowed),
    ],
  ];
  for (const [what, create] of refused) {
    it(`${what}: refused`, () => expect(thrown(create)).to.be.instanceOf(CreationRefused));
  }

  it('signed, but for UsesSequenceSTR: not even refused, but insecure', () => {
    const proof = signedBy([alice], ({ local }) => local === 'UsesSequenceSTR');
    expect(codeOf(thrown(() => judge([USES_STR], STR, proof, allowed)))).to.equal('part-not-signed');
  });
});
