import { element, SecurityError, serialize } from '@holdfast/soap';
import { expect } from 'chai';
import {
  type RequestSecurityToken,
  readRequestSecurityToken,
  writeRequestSecurityToken,
} from '#src/request-security-token.js';
import { after, counting, now, refused, SCT, sent, versions, xml } from './samples.js';

const again = (request: RequestSecurityToken) => readRequestSecurityToken(sent(writeRequestSecurityToken(request)));

describe('wst:RequestSecurityToken', () => {
  for (const [version, namespace] of versions) {
    describe(version, () => {
      const full: RequestSecurityToken = {
        version,
        requestType: 'Issue',
        context: 'urn:uuid:ctx',
        tokenType: SCT,
        appliesTo: 'http://bob/?a=1&b=2',
        lifetime: { created: now, expires: after(60_000) },
        entropy: counting(1, 32),
        keySize: 256,
        computedKeyAlgorithm: 'PSHA1',
      };

      it('is read as it was written', () => {
        expect(again(full)).to.deep.equal(full);
      });

      it('may hold nothing but its RequestType', () => {
        for (const requestType of ['Issue', 'Renew', 'Cancel', 'Validate'] as const) {
          expect(again({ version, requestType })).to.deep.equal({ version, requestType });
        }
      });

      it('names what Renew, Cancel and Validate are about', () => {
        for (const requestType of ['Renew', 'Cancel', 'Validate'] as const) {
          const target = element({ prefix: 'x', namespace: 'urn:x', local: 'Target' });
          const read = again({ version, requestType, target });
          expect(read.target?.local).to.equal('Target');
          expect(serialize(writeRequestSecurityToken({ version, requestType, target }))).to.contain(
            `<wst:${requestType}Target>`,
          );
        }
      });

      const request = (content: string, type = `${namespace}/Issue`) =>
        readRequestSecurityToken(
          xml(
            `<t:RequestSecurityToken xmlns:t="${namespace}"><t:RequestType> ${type} </t:RequestType>${content}</t:RequestSecurityToken>`,
          ),
        );

      it('may apply to an address in either policy namespace', () => {
        for (const policy of ['http://schemas.xmlsoap.org/ws/2004/09/policy', 'http://www.w3.org/ns/ws-policy']) {
          const read = request(
            `<p:AppliesTo xmlns:p="${policy}"><a:EndpointReference xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address> http://bob/ </a:Address></a:EndpointReference></p:AppliesTo>`,
          );
          expect(read.appliesTo).to.equal('http://bob/');
        }
      });

      it('may apply to something that is no endpoint, which is not read', () => {
        expect(request('<p:AppliesTo xmlns:p="http://www.w3.org/ns/ws-policy"><x/></p:AppliesTo>').appliesTo).to.equal(
          undefined,
        );
      });

      it('may hold what is not known', () => {
        expect(request('<t:Renewing/><x:More xmlns:x="urn:x"/>').requestType).to.equal('Issue');
      });

      it('keeps a computed key algorithm that is not known, for the issuer to refuse', () => {
        expect(request('<t:ComputedKeyAlgorithm>urn:other</t:ComputedKeyAlgorithm>').computedKeyAlgorithm).to.equal(
          'urn:other',
        );
      });

      const invalid: Record<string, () => unknown> = {
        'without RequestType': () => readRequestSecurityToken(xml(`<t:RequestSecurityToken xmlns:t="${namespace}"/>`)),
        'of another version by its RequestType': () =>
          request('', `${versions.find(([, each]) => each !== namespace)?.[1]}/Issue`),
        'of an unknown RequestType': () => request('', `${namespace}/Destroy`),
        'of an empty RequestType': () => request('', ''),
        'with two RequestTypes': () => request(`<t:RequestType>${namespace}/Issue</t:RequestType>`),
        'with two Entropies': () => request('<t:Entropy/><t:Entropy/>'),
        'with two KeySizes': () => request('<t:KeySize>256</t:KeySize><t:KeySize>128</t:KeySize>'),
        'with two TokenTypes': () => request('<t:TokenType>a</t:TokenType><t:TokenType>b</t:TokenType>'),
        'with a negative KeySize': () => request('<t:KeySize>-256</t:KeySize>'),
        'with a KeySize of words': () => request('<t:KeySize>many</t:KeySize>'),
        'with a KeySize of seven digits': () => request('<t:KeySize>1000000</t:KeySize>'),
        'with an empty KeySize': () => request('<t:KeySize/>'),
      };
      for (const [what, call] of Object.entries(invalid)) {
        it(`is refused ${what}`, () => {
          refused(call, 'InvalidRequest');
        });
      }

      it('is refused with entropy that is short, empty or encrypted', () => {
        for (const entropy of [
          '',
          '<t:BinarySecret/>',
          '<t:BinarySecret>AAAA</t:BinarySecret>',
          '<x:EncryptedKey xmlns:x="http://www.w3.org/2001/04/xmlenc#"/>',
        ]) {
          expect(() => request(`<t:Entropy>${entropy}</t:Entropy>`)).to.throw(SecurityError);
        }
      });
    });
  }

  it('is not a response, nor anything else (T13-12-1)', () => {
    for (const [, namespace] of versions) {
      refused(
        () => readRequestSecurityToken(xml(`<t:RequestSecurityTokenResponse xmlns:t="${namespace}"/>`)),
        'InvalidRequest',
      );
    }
    refused(() => readRequestSecurityToken(xml('<RequestSecurityToken/>')), 'InvalidRequest');
    refused(() => readRequestSecurityToken(xml('<t:RequestSecurityToken xmlns:t="urn:trust2"/>')), 'InvalidRequest');
  });
});
