import { element, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  type RequestSecurityTokenResponse,
  readRequestSecurityTokenResponse,
  writeRequestSecurityTokenResponse,
} from '#src/request-security-token-response.js';
import { after, counting, now, SCT, sent, thrown, versions, xml } from './samples.js';

const again = (response: RequestSecurityTokenResponse) =>
  readRequestSecurityTokenResponse(sent(writeRequestSecurityTokenResponse(response)));
const named = (local: string) => element({ prefix: 'x', namespace: 'urn:x', local });

describe('wst:RequestSecurityTokenResponse', () => {
  for (const [version, namespace] of versions) {
    describe(version, () => {
      const plain: RequestSecurityTokenResponse = {
        version,
        context: 'c',
        tokenType: SCT,
        lifetime: { created: now, expires: after(60_000) },
        entropy: counting(1, 32),
        keySize: 256,
        proof: { kind: 'computed', algorithm: 'PSHA1' },
        cancelled: false,
      };

      it('is read as it was written', () => {
        expect(again(plain)).to.deep.equal(plain);
      });

      it('brings the token and both references', () => {
        const read = again({
          version,
          token: named('Token'),
          attachedReference: named('In'),
          unattachedReference: named('Out'),
        });
        expect([read.token?.local, read.attachedReference?.local, read.unattachedReference?.local]).to.deep.equal([
          'Token',
          'In',
          'Out',
        ]);
      });

      it('brings a key that the issuer made', () => {
        const read = again({ version, proof: { kind: 'secret', secret: counting(9, 32) } });
        expect(read.proof).to.deep.equal({ kind: 'secret', secret: counting(9, 32) });
      });

      it('says that a token was cancelled, or does not', () => {
        expect(again({ version, cancelled: true }).cancelled).to.equal(true);
        expect(again({ version }).cancelled).to.equal(false);
      });

      it('has its parts in the order that WCF reads (WIRE §7 row 5)', () => {
        const text = serialize(
          writeRequestSecurityTokenResponse({
            ...plain,
            token: named('T'),
            attachedReference: named('A'),
            unattachedReference: named('U'),
          }),
        );
        const order = [
          'TokenType',
          'RequestedSecurityToken',
          'RequestedAttachedReference',
          'RequestedUnattachedReference',
          'RequestedProofToken',
          'Entropy',
          'Lifetime',
          'KeySize',
        ];
        const places = order.map((local) => text.indexOf(`<wst:${local}>`));
        expect(places).to.deep.equal([...places].sort((a, b) => a - b));
        expect(places).to.not.include(-1);
      });

      const collection = (...content: readonly string[]) =>
        xml(
          `<t:RequestSecurityTokenResponseCollection xmlns:t="${namespace}">${content
            .map((each) => `<t:RequestSecurityTokenResponse>${each}</t:RequestSecurityTokenResponse>`)
            .join('')}</t:RequestSecurityTokenResponseCollection>`,
        );
      const bare = (content: string) =>
        xml(`<t:RequestSecurityTokenResponse xmlns:t="${namespace}">${content}</t:RequestSecurityTokenResponse>`);

      it('is read alone and in a collection of one (T13-3.2-3)', () => {
        for (const body of [bare('<t:KeySize>128</t:KeySize>'), collection('<t:KeySize>128</t:KeySize>')]) {
          expect(readRequestSecurityTokenResponse(body)).to.deep.equal({ version, keySize: 128, cancelled: false });
        }
      });

      it('is refused in a collection of none or of two (T13-12-2)', () => {
        thrown(() => readRequestSecurityTokenResponse(collection()), 'trust-refused');
        thrown(() => readRequestSecurityTokenResponse(collection('', '')), 'trust-refused');
      });

      it('is refused when its secrets are not what they should be', () => {
        for (const content of [
          '<t:Entropy/>',
          '<t:Entropy><t:BinarySecret>AAAA</t:BinarySecret></t:Entropy>',
          '<t:RequestedProofToken/>',
          '<t:RequestedProofToken><x:EncryptedKey xmlns:x="http://www.w3.org/2001/04/xmlenc#"/></t:RequestedProofToken>',
          '<t:RequestedProofToken><t:BinarySecret>AAAA</t:BinarySecret></t:RequestedProofToken>',
        ]) {
          thrown(() => readRequestSecurityTokenResponse(bare(content)), 'unsupported-token');
        }
      });

      it('keeps a computed key algorithm that is not known, for the requestor to refuse', () => {
        const content = '<t:RequestedProofToken><t:ComputedKey>urn:other</t:ComputedKey></t:RequestedProofToken>';
        expect(readRequestSecurityTokenResponse(bare(content)).proof).to.deep.equal({
          kind: 'computed',
          algorithm: 'urn:other',
        });
      });

      it('is not a request, nor anything else', () => {
        thrown(
          () => readRequestSecurityTokenResponse(xml(`<t:RequestSecurityToken xmlns:t="${namespace}"/>`)),
          'trust-refused',
        );
        thrown(() => readRequestSecurityTokenResponse(xml('<RequestSecurityTokenResponse/>')), 'trust-refused');
      });
    });
  }

  it('of 1.3 is written in a collection, of 2005 alone (T13-3.2-1, T13-3.2-2)', () => {
    expect(writeRequestSecurityTokenResponse({ version: '1.3' }).local).to.equal(
      'RequestSecurityTokenResponseCollection',
    );
    expect(writeRequestSecurityTokenResponse({ version: '2005' }).local).to.equal('RequestSecurityTokenResponse');
  });
});
