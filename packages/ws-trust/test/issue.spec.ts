import { element, type XmlElement } from '@holdfast/soap';
import { expect } from 'chai';
import { computedKey } from '#src/entropy.js';
import {
  decideIssue,
  defaultIssuerPolicy,
  type IssueRequest,
  issueRequest,
  issueResponse,
  processIssueResponse,
} from '#src/issue.js';
import { type RequestSecurityToken, readRequestSecurityToken } from '#src/request-security-token.js';
import {
  type RequestSecurityTokenResponse,
  writeRequestSecurityTokenResponse,
} from '#src/request-security-token-response.js';
import { after, counting, now, refused, SCT, sent, thrown, versions } from './samples.js';

const token = element({ prefix: 'x', namespace: 'urn:x', local: 'Token' });
/** The requestor's octets count from 1, the issuer's from 100. */
const requestor = (length: number) => counting(1, length);
const issuer = (length: number) => counting(100, length);
const answer = (response: RequestSecurityTokenResponse): XmlElement =>
  sent(writeRequestSecurityTokenResponse(response));

describe('WS-Trust Issue', () => {
  for (const [version] of versions) {
    describe(`between two parties of ${version}`, () => {
      const exchange = (asked: IssueRequest, policy = defaultIssuerPolicy) => {
        const request = readRequestSecurityToken(sent(asked.body));
        const decision = decideIssue(request, policy, now, issuer);
        const body = sent(
          issueResponse(request, decision, {
            token,
            ...(request.tokenType === undefined ? {} : { tokenType: request.tokenType }),
          }),
        );
        return { request, decision, issued: processIssueResponse(asked, body) };
      };

      for (const keySize of [128, 192, 256, 512]) {
        it(`gives both the same key of ${keySize} bits, computed from both entropies (T13-4.4-2)`, () => {
          const { decision, issued } = exchange(issueRequest({ version, tokenType: SCT, keySize }, requestor));
          expect(issued.secret).to.deep.equal(decision.secret);
          expect(issued.secret).to.deep.equal(computedKey(requestor(keySize / 8), issuer(keySize / 8), keySize));
          expect(decision.proof).to.deep.equal({ kind: 'computed', algorithm: 'PSHA1' });
        });
      }

      it('carries the lifetime and the address', () => {
        const lifetime = { created: now, expires: after(90_000) };
        const { request, issued } = exchange(
          issueRequest({ version, tokenType: SCT, keySize: 256, appliesTo: 'http://bob/', lifetime }, requestor),
        );
        expect(request.appliesTo).to.equal('http://bob/');
        expect(issued.lifetime).to.deep.equal(lifetime);
        expect(issued.token.local).to.equal('Token');
      });

      it('gives the lifetime of its policy where none is asked for, and no more than it allows', () => {
        const policy = { ...defaultIssuerPolicy, lifetime: { default: 1_000, maximum: 2_000 } };
        const ask = (expires?: number) =>
          exchange(
            issueRequest(
              {
                version,
                tokenType: SCT,
                keySize: 256,
                ...(expires === undefined ? {} : { lifetime: { created: now, expires: after(expires) } }),
              },
              requestor,
            ),
            policy,
          ).issued.lifetime;
        expect(ask()).to.deep.equal({ created: now, expires: after(1_000) });
        expect(ask(500)).to.deep.equal({ created: now, expires: after(500) });
        expect(ask(100_000)).to.deep.equal({ created: now, expires: after(2_000) });
      });
    });

    describe(`the requestor of ${version}`, () => {
      const asked = issueRequest({ version, tokenType: SCT, keySize: 256 }, requestor);
      const process = (response: Omit<RequestSecurityTokenResponse, 'version'>, of = asked) =>
        processIssueResponse(of, answer({ version, token, ...response }));
      const withoutEntropy: IssueRequest = { ...asked, request: { version, requestType: 'Issue', tokenType: SCT } };

      it('asks with its own entropy, as long as the key', () => {
        expect(asked.request).to.deep.equal({
          version,
          requestType: 'Issue',
          tokenType: SCT,
          entropy: requestor(32),
          keySize: 256,
          computedKeyAlgorithm: 'PSHA1',
        });
      });

      it('takes the key that the issuer made, when it gave no entropy (T13-4.4-1)', () => {
        expect(process({ proof: { kind: 'secret', secret: issuer(32) } }, withoutEntropy).secret).to.deep.equal(
          issuer(32),
        );
      });

      it('computes the key from both entropies (T13-4.4-2)', () => {
        const { secret } = process({ proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32) });
        expect(secret).to.deep.equal(computedKey(requestor(32), issuer(32), 256));
      });

      it('takes its own entropy for the key, when the answer has neither proof nor entropy (T13-4.4-3)', () => {
        const { secret } = process({});
        expect(secret).to.deep.equal(requestor(32));
        expect(secret).to.not.equal(asked.request.entropy);
      });

      it('takes the key that the issuer made, when its own entropy was refused (T13-4.4-4)', () => {
        expect(process({ proof: { kind: 'secret', secret: issuer(24) } }).secret).to.deep.equal(issuer(24));
        expect(process({ proof: { kind: 'secret', secret: issuer(24) }, entropy: issuer(32) }).secret).to.deep.equal(
          issuer(24),
        );
      });

      it('computes a key of the size that the answer says, or of the size asked for (T13-4.4-6)', () => {
        const computed = { proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32) } as const;
        expect(process({ ...computed, keySize: 128 }).secret.length).to.equal(16);
        expect(process(computed).secret.length).to.equal(32);
        const { keySize: _, ...unsized } = asked.request;
        expect(process(computed, { ...asked, request: unsized }).secret.length).to.equal(32);
      });

      it('takes an answer that does not say the type of the token, as CXF writes it', () => {
        expect(process({}).token.local).to.equal('Token');
      });

      it('takes an answer with the Context of its request', () => {
        const request: RequestSecurityToken = { ...asked.request, context: 'c1' };
        expect(process({ context: 'c1' }, { ...asked, request }).token.local).to.equal('Token');
        thrown(() => process({ context: 'c2' }, { ...asked, request }), 'trust-refused');
        thrown(() => process({}, { ...asked, request }), 'trust-refused');
        thrown(() => process({ context: 'c1' }), 'trust-refused');
      });

      const wrong: Record<string, () => unknown> = {
        'of the other version': () =>
          processIssueResponse(asked, answer({ version: version === '1.3' ? '2005' : '1.3', token })),
        'without a token': () => processIssueResponse(asked, answer({ version })),
        'with a token of another type': () => process({ tokenType: 'urn:other' }),
        'that cancels': () => processIssueResponse(asked, answer({ version, cancelled: true })),
        'with a key computed from one entropy': () => process({ proof: { kind: 'computed', algorithm: 'PSHA1' } }),
        'with entropy, and no word of how the key is made': () => process({ entropy: issuer(32) }),
        'with a key computed in another way': () =>
          process({ proof: { kind: 'computed', algorithm: 'HASH' }, entropy: issuer(32) }),
        'with a key of 64 bits': () =>
          process({ proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32), keySize: 64 }),
        'with a key of 1024 bits': () =>
          process({ proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32), keySize: 1024 }),
        'with a key of 0 bits': () =>
          process({ proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32), keySize: 0 }),
        'without a key, when it gave no entropy': () => process({}, withoutEntropy),
        'with a computed key, when it gave no entropy': () =>
          process({ proof: { kind: 'computed', algorithm: 'PSHA1' }, entropy: issuer(32) }, withoutEntropy),
        'that is its own request': () => processIssueResponse(asked, sent(asked.body)),
      };
      for (const [what, call] of Object.entries(wrong)) {
        it(`refuses an answer ${what}`, () => {
          thrown(call, 'trust-refused');
        });
      }
    });

    describe(`the issuer of ${version}`, () => {
      const decide = (request: Partial<RequestSecurityToken>, policy = defaultIssuerPolicy) =>
        decideIssue({ version, requestType: 'Issue', ...request }, policy, now, issuer);

      it('makes the key alone when the requestor gave no entropy (T13-4.4-1)', () => {
        const { secret, proof, entropy, keySize } = decide({});
        expect(secret).to.deep.equal(issuer(32));
        expect(proof).to.deep.equal({ kind: 'secret', secret });
        expect([entropy, keySize]).to.deep.equal([undefined, 256]);
      });

      it('says the size of the key, for those who would guess otherwise', () => {
        const request = { version, requestType: 'Issue' } as const;
        const body = issueResponse(request, decide({ keySize: 192 }), { token });
        expect(
          processIssueResponse({ request: { ...request, entropy: requestor(24) }, body }, sent(body)).secret.length,
        ).to.equal(24);
      });

      it('echoes the Context and the address (T13-3.1-2, T13-4.1-2)', () => {
        const request: RequestSecurityToken = {
          version,
          requestType: 'Issue',
          context: 'c1',
          appliesTo: 'http://bob/',
        };
        const body = issueResponse(request, decide(request), { token });
        expect(JSON.stringify(body)).to.contain('c1').and.to.contain('http://bob/');
      });

      it('gives sizes within its policy, and refuses the others', () => {
        const policy = { ...defaultIssuerPolicy, keySize: { default: 192, minimum: 192, maximum: 256 } };
        expect(decide({}, policy).keySize).to.equal(192);
        expect(decide({ keySize: 256 }, policy).secret.length).to.equal(32);
        for (const keySize of [0, 128, 191, 193, 257, 264, 999_999])
          refused(() => decide({ keySize }, policy), 'InvalidRequest');
      });

      it('refuses to compute the key in another way (T13-4.4-7)', () => {
        expect(decide({ computedKeyAlgorithm: 'PSHA1', entropy: requestor(32) }).entropy).to.deep.equal(issuer(32));
        refused(() => decide({ computedKeyAlgorithm: 'HASH', entropy: requestor(32) }), 'InvalidRequest');
        refused(() => decide({ computedKeyAlgorithm: 'HASH' }), 'InvalidRequest');
      });

      it('refuses a lifetime that is over', () => {
        for (const expires of [now, after(-1)])
          refused(() => decide({ lifetime: { created: undefined, expires } }), 'InvalidTimeRange');
        expect(decide({ lifetime: { created: undefined, expires: after(1) } }).expires).to.deep.equal(after(1));
      });

      it('refuses entropy that is too short to be any (T13-4.4-9)', () => {
        thrown(() => decide({ entropy: requestor(15) }), 'unsupported-token');
      });
    });
  }
});
