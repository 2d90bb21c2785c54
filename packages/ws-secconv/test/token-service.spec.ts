import { element, isElement, serialize, type XmlElement } from '@holdfast/soap';
import {
  readSecurityContextToken,
  readTokenReference,
  sctType,
  writeSecurityContextToken,
  writeTokenReference,
  wsse,
} from '@holdfast/ws-security';
import {
  defaultIssuerPolicy,
  issueRequest,
  processIssueResponse,
  type RequestSecurityToken,
  readRequestSecurityTokenResponse,
  TrustFault,
} from '@holdfast/ws-trust';
import { expect } from 'chai';
import { establishRequest, processEstablishResponse } from '#src/establish.js';
import { CONVERSATION_FAULTS, type ConversationFaultName, conversationFault } from '#src/faults.js';
import { contextReference } from '#src/reference.js';
import { answerIssue, cancelResponse, targetOf } from '#src/token-service.js';
import { uuidUrn } from '#src/uuid.js';
import { octets, start, thrown } from './samples.js';

const now = new Date(start);
const UUID = 'urn:uuid:11111111-2222-4333-8444-555555555555';

describe('the token service of contexts', () => {
  for (const version of ['1.3', '2005'] as const) {
    const request: RequestSecurityToken = {
      version,
      requestType: 'Issue',
      tokenType: sctType(version),
      entropy: Buffer.alloc(32, 1),
      keySize: 256,
    };
    const issue = (change: Partial<RequestSecurityToken> = {}) =>
      answerIssue({ ...request, ...change }, 'x509:a', defaultIssuerPolicy, now, UUID, octets());
    const refused = (call: () => unknown) => expect(call).to.throw(TrustFault).with.property('fault', 'InvalidRequest');

    describe(`of ${version}`, () => {
      it('issues a token with an Identifier, no Instance, and references to it (SC13-2-2, SC13-3-3)', () => {
        const { context, body } = issue();
        expect(context).to.include({
          version,
          identifier: UUID,
          instance: undefined,
          identity: 'x509:a',
          role: 'recipient',
        });
        const response = readRequestSecurityTokenResponse(body);
        const token = response.token as XmlElement;
        expect(readSecurityContextToken(token)).to.deep.equal({ version, identifier: UUID, instance: undefined });
        const id = token.attributes.find(({ local }) => local === 'Id')?.value;
        expect(readTokenReference(response.attachedReference as XmlElement)).to.deep.equal({
          kind: 'direct',
          uri: `#${id}`,
          valueType: sctType(version),
        });
        expect(readTokenReference(response.unattachedReference as XmlElement)).to.deep.equal({
          kind: 'direct',
          uri: UUID,
          valueType: sctType(version),
        });
      });

      it('gives both sides the same secret', () => {
        const asked = issueRequest({ version, tokenType: sctType(version), keySize: 256 }, octets());
        const { context, body } = answerIssue(asked.request, 'x509:a', defaultIssuerPolicy, now, UUID, octets());
        expect(processIssueResponse(asked, body).secret).to.deep.equal(context.secret);
      });

      it('puts no secret into its answer that was computed (SC13-2-3)', () => {
        const { context, body } = issue();
        expect(serialize(body)).to.not.contain(context.secret.toString('base64'));
      });

      it('issues what was asked for by type, or without', () => {
        const { tokenType: _, ...untyped } = request;
        expect(answerIssue(untyped, 'x', defaultIssuerPolicy, now, UUID, octets()).context.version).to.equal(version);
        refused(() => issue({ tokenType: 'urn:saml' }));
        refused(() => issue({ tokenType: sctType(version === '1.3' ? '2005' : '1.3') }));
        refused(() => issue({ requestType: 'Renew' }));
      });

      it('names its token with the scheme of a UUID', () => {
        expect(
          answerIssue(request, 'x', defaultIssuerPolicy, now, UUID.slice(9), octets()).context.identifier,
        ).to.equal(UUID);
      });

      const token = { version, identifier: UUID, instance: undefined };
      const cancel = (target: XmlElement | undefined): RequestSecurityToken => ({
        version,
        requestType: 'Cancel',
        ...(target === undefined ? {} : { target }),
      });

      it('finds what is to be cancelled by reference, by the token, and by the token within a reference', () => {
        expect(targetOf(cancel(contextReference(token)), 'Cancel')).to.equal(UUID);
        expect(targetOf(cancel(writeSecurityContextToken(token, 'x')), 'Cancel')).to.equal(UUID);
        const embedded = element(
          wsse('SecurityTokenReference'),
          [],
          element(wsse('Embedded'), [], writeSecurityContextToken(token, 'x')),
        );
        expect(targetOf(cancel(embedded), 'Cancel')).to.equal(UUID);
      });

      it('refuses a Cancel of nothing, or of something else', () => {
        const others = [
          undefined,
          writeTokenReference({ kind: 'direct', uri: '#x' }),
          writeTokenReference({ kind: 'issuer-serial', issuer: 'CN=a', serialNumber: 1n }),
          element(wsse('SecurityTokenReference'), [], element(wsse('Embedded'))),
          element({ prefix: 'x', namespace: 'urn:x', local: 'SecurityContextToken' }),
        ];
        for (const target of others) refused(() => targetOf(cancel(target), 'Cancel'));
        refused(() => targetOf({ ...cancel(contextReference(token)), requestType: 'Renew' }, 'Cancel'));
      });

      it('confirms a Cancel, with the Context of its request (T13-6-1)', () => {
        const body = cancelResponse({ ...cancel(contextReference(token)), context: 'c' });
        expect(readRequestSecurityTokenResponse(body)).to.deep.equal({ version, context: 'c', cancelled: true });
      });
    });
  }
});

describe('establishing a context', () => {
  const options = {
    version: '1.3',
    peer: 'http://bob/',
    identity: 'x509:b',
    keySize: 256,
    lifetime: undefined,
    assumedLifetime: 5_000,
  } as const;
  const respond = (change: (body: XmlElement) => XmlElement = (body) => body, uuid = UUID) => {
    const asked = establishRequest(options, now, octets());
    const { body } = answerIssue(asked.asked.request, 'x509:a', defaultIssuerPolicy, now, uuid, octets());
    return processEstablishResponse(asked, change(body), now);
  };
  /** The body without the elements of this name. */
  const without =
    (local: string) =>
    (of: XmlElement): XmlElement => ({
      ...of,
      children: of.children
        .filter((node) => !isElement(node) || node.local !== local)
        .map((node) => (isElement(node) ? without(local)(node) : node)),
    });

  it('asks for a token of its type, for an address, and for a lifetime if there is to be one', () => {
    const text = serialize(establishRequest({ ...options, lifetime: 60_000 }, now, octets()).body);
    expect(text).to.contain('http://bob/').and.to.contain(sctType('1.3')).and.to.contain('2026-03-01T12:01:00.000Z');
    expect(serialize(establishRequest(options, now, octets()).body)).to.not.contain('Lifetime');
  });

  it('yields the context of an initiator', () => {
    expect(respond()).to.include({ identifier: UUID, role: 'initiator', peer: 'http://bob/', identity: 'x509:b' });
  });

  it('counts its lifetime by our own clock', () => {
    const asked = establishRequest(options, now, octets());
    const { body } = answerIssue(
      asked.asked.request,
      'x',
      defaultIssuerPolicy,
      new Date(start - 3_600_000),
      UUID,
      octets(),
    );
    expect(processEstablishResponse(asked, body, now).expires).to.equal(start + defaultIssuerPolicy.lifetime.default);
  });

  it('assumes a lifetime when the recipient does not say', () => {
    expect(respond(without('Lifetime')).expires).to.equal(start + 5_000);
  });

  it('takes an end without a beginning as it is', () => {
    expect(respond(without('Created')).expires).to.equal(start + defaultIssuerPolicy.lifetime.default);
  });

  it('refuses an Identifier that is no absolute URI (SC13-2-1)', () => {
    for (const uuid of ['urn:', '#x', 'relative', 'urn:a b', `urn:${'x'.repeat(2_000)}`]) {
      const asked = establishRequest(options, now, octets());
      const { body } = answerIssue(asked.asked.request, 'x', defaultIssuerPolicy, now, UUID, octets());
      const renamed = JSON.parse(JSON.stringify(body).replaceAll(UUID, uuid)) as XmlElement;
      thrown(() => processEstablishResponse(asked, renamed, now), 'trust-refused');
    }
    expect(
      respond((body) => JSON.parse(JSON.stringify(body).replaceAll(UUID, 'uuid:cxf-writes-it-so')) as XmlElement)
        .identifier,
    ).to.equal('uuid:cxf-writes-it-so');
  });

  it('refuses a token that is no context', () => {
    expect(() => respond(without('Identifier')))
      .to.throw()
      .with.property('code', 'security-header-invalid');
    expect(() => respond(without('RequestedSecurityToken'))).to.throw();
  });
});

describe('the faults of WS-SecureConversation (§9)', () => {
  const texts: Record<ConversationFaultName, string> = {
    BadContextToken: 'The requested context elements are insufficient or unsupported',
    UnsupportedContextToken: 'Not all of the values associated with the SCT are supported',
    UnknownDerivationSource: 'The specified source for the derivation is unknown',
    RenewNeeded: 'The provided context token has expired',
    UnableToRenew: 'The specified context token could not be renewed',
  };

  it('are these and no others', () => {
    expect(CONVERSATION_FAULTS).to.deep.equal(texts);
  });

  for (const [name, reason] of Object.entries(texts) as [ConversationFaultName, string][]) {
    it(`${name} is the Sender's, in the namespace of the version`, () => {
      for (const [version, namespace] of [
        ['1.3', 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512'],
        ['2005', 'http://schemas.xmlsoap.org/ws/2005/02/sc'],
      ] as const) {
        expect(conversationFault(version, name)).to.deep.equal({
          code: 'Sender',
          subcodes: [{ prefix: 'wsc', namespace, local: name }],
          reason,
          detail: [],
        });
      }
    });
  }
});

describe('a UUID', () => {
  it('is of version 4 and its variant, whatever the octets are', () => {
    for (const value of [0, 255]) {
      expect(uuidUrn((length) => Buffer.alloc(length, value))).to.match(
        /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
      );
    }
  });

  it('keeps every other bit', () => {
    const octetsOf = (length: number) => Uint8Array.from({ length }, (_, at) => at * 17);
    expect(uuidUrn(octetsOf)).to.equal('urn:uuid:00112233-4455-4677-8899-aabbccddeeff');
  });
});
