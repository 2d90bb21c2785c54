import { expect } from 'chai';
import { computedKey } from '#src/entropy.js';
import { issueRequest, processIssueResponse } from '#src/issue.js';
import { WST_13, WST_2005 } from '#src/namespaces.js';
import { readRequestSecurityToken } from '#src/request-security-token.js';
import { readRequestSecurityTokenResponse } from '#src/request-security-token-response.js';
import { counting, now, SCT, xml } from './samples.js';

const WSU = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd';
const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const SCT_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/sc/sct';
const base64 = (octets: Buffer): string => octets.toString('base64');
const lifetime = `<t:Lifetime xmlns:u="${WSU}"><u:Created>2026-03-01T12:00:00.000Z</u:Created><u:Expires>2026-03-01T12:05:00.000Z</u:Expires></t:Lifetime>`;
const rst = (namespace: string, content: string) =>
  xml(`<t:RequestSecurityToken xmlns:t="${namespace}">${content}</t:RequestSecurityToken>`);
const rstr = (namespace: string, content: string) =>
  `<t:RequestSecurityTokenResponse xmlns:t="${namespace}">${content}</t:RequestSecurityTokenResponse>`;
const collection = (namespace: string, content: string) =>
  xml(
    `<t:RequestSecurityTokenResponseCollection xmlns:t="${namespace}">${rstr(namespace, content)}</t:RequestSecurityTokenResponseCollection>`,
  );

describe('requests as other stacks write them (WIRE §3.5)', () => {
  it('Rampart, 2005/02: RequestType first, AppliesTo with WS-Addressing of 2004, no KeySize', () => {
    const request = readRequestSecurityToken(
      rst(
        WST_2005,
        `<t:RequestType>${WST_2005}/Issue</t:RequestType><p:AppliesTo xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"><a:EndpointReference xmlns:a="http://schemas.xmlsoap.org/ws/2004/08/addressing"><a:Address>http://bob/</a:Address></a:EndpointReference></p:AppliesTo>${lifetime}<t:TokenType>${SCT_2005}</t:TokenType><t:Entropy><t:BinarySecret Type="${WST_2005}/Nonce">${base64(counting(1, 16))}</t:BinarySecret></t:Entropy><t:ComputedKeyAlgorithm>${WST_2005}/CK/PSHA1</t:ComputedKeyAlgorithm>`,
      ),
    );
    expect(request).to.deep.equal({
      version: '2005',
      requestType: 'Issue',
      tokenType: SCT_2005,
      appliesTo: 'http://bob/',
      lifetime: { created: now, expires: new Date('2026-03-01T12:05:00.000Z') },
      entropy: counting(1, 16),
      computedKeyAlgorithm: 'PSHA1',
    });
  });

  it('Rampart, 2005/02: a Cancel whose target is a reference without ValueType', () => {
    const { requestType, target } = readRequestSecurityToken(
      rst(
        WST_2005,
        `<t:RequestType>${WST_2005}/Cancel</t:RequestType><t:CancelTarget><s:SecurityTokenReference xmlns:s="${WSSE}"><x:Reference xmlns:x="${WSSE}" URI="urn:uuid:1"/></s:SecurityTokenReference></t:CancelTarget>`,
      ),
    );
    expect([requestType, target?.local]).to.deep.equal(['Cancel', 'SecurityTokenReference']);
  });

  it('WCF, 1.3: TokenType first, KeySize last, a BinarySecret with an Id', () => {
    const request = readRequestSecurityToken(
      rst(
        WST_13,
        `<t:TokenType>${SCT}</t:TokenType><t:RequestType>${WST_13}/Issue</t:RequestType><t:Entropy><t:BinarySecret u:Id="uuid-1" Type="${WST_13}/Nonce" xmlns:u="${WSU}">${base64(counting(1, 32))}</t:BinarySecret></t:Entropy><t:KeySize>256</t:KeySize>`,
      ),
    );
    expect(request).to.deep.equal({
      version: '1.3',
      requestType: 'Issue',
      tokenType: SCT,
      entropy: counting(1, 32),
      keySize: 256,
    });
  });

  it('CXF: AppliesTo in the policy namespace of the W3C, Renewing, which says nothing to us', () => {
    const { appliesTo, keySize } = readRequestSecurityToken(
      rst(
        WST_13,
        `<t:RequestType>${WST_13}/Issue</t:RequestType><p:AppliesTo xmlns:p="http://www.w3.org/ns/ws-policy"><a:EndpointReference xmlns:a="http://www.w3.org/2005/08/addressing"><a:Address>http://bob/</a:Address></a:EndpointReference></p:AppliesTo><t:TokenType>${SCT}</t:TokenType><t:KeySize>256</t:KeySize><t:Renewing/>`,
      ),
    );
    expect([appliesTo, keySize]).to.deep.equal(['http://bob/', 256]);
  });

  for (const version of ['1.3', '2005'] as const) {
    const other = version === '1.3' ? WST_2005 : WST_13;
    const own = version === '1.3' ? WST_13 : WST_2005;

    it(`no RequestType of the other version (SC-X-1, ${version})`, () => {
      expect(() => readRequestSecurityToken(rst(own, `<t:RequestType>${other}/Issue</t:RequestType>`))).to.throw(
        'is not one that is offered',
      );
    });
  }
});

describe('answers as other stacks write them (WIRE §3.5)', () => {
  const asked = (version: '1.3' | '2005') => {
    const tokenType = version === '1.3' ? SCT : SCT_2005;
    return issueRequest({ version, tokenType, keySize: 256 }, (length) => counting(7, length));
  };
  const token = '<x:Token xmlns:x="urn:x"/>';
  const requested = `<t:RequestedSecurityToken>${token}</t:RequestedSecurityToken>`;

  it('Rampart, 2005/02: a response alone, no TokenType, no KeySize, a BinarySecret without Type', () => {
    const answer = rstr(
      WST_2005,
      `${requested}${lifetime}<t:RequestedProofToken><t:BinarySecret>${base64(counting(50, 32))}</t:BinarySecret></t:RequestedProofToken>`,
    );
    const issued = processIssueResponse(asked('2005'), xml(answer));
    expect(issued.secret).to.deep.equal(counting(50, 32));
    expect(issued.lifetime?.expires).to.deep.equal(new Date('2026-03-01T12:05:00.000Z'));
  });

  it('Rampart, 2005/02: RequestedTokenCancelled in a response alone', () => {
    const answer = rstr(WST_2005, '<t:RequestedTokenCancelled></t:RequestedTokenCancelled>');
    expect(readRequestSecurityTokenResponse(xml(answer)).cancelled).to.equal(true);
  });

  it('CXF, 1.3: a key that the issuer made is called a Nonce', () => {
    const answer = collection(
      WST_13,
      `${requested}<t:RequestedProofToken><t:BinarySecret Type="${WST_13}/Nonce">${base64(counting(60, 32))}</t:BinarySecret></t:RequestedProofToken>`,
    );
    expect(processIssueResponse(asked('1.3'), answer).secret).to.deep.equal(counting(60, 32));
  });

  it('CXF, 1.3: a computed key without KeySize has the size that was asked for', () => {
    const answer = collection(
      WST_13,
      `${requested}<t:RequestedProofToken><t:ComputedKey>${WST_13}/CK/PSHA1</t:ComputedKey></t:RequestedProofToken><t:Entropy><t:BinarySecret Type="${WST_13}/Nonce">${base64(counting(80, 32))}</t:BinarySecret></t:Entropy>`,
    );
    expect(processIssueResponse(asked('1.3'), answer).secret).to.deep.equal(
      computedKey(counting(7, 32), counting(80, 32), 256),
    );
  });

  it('are refused in the other version (SC-X-1)', () => {
    const answer = collection(WST_13, requested);
    expect(() => processIssueResponse(asked('2005'), answer)).to.throw('another version of WS-Trust');
  });

  it('are refused with a ComputedKey of the other version', () => {
    const answer = rstr(
      WST_2005,
      `${requested}<t:RequestedProofToken><t:ComputedKey>${WST_13}/CK/PSHA1</t:ComputedKey></t:RequestedProofToken><t:Entropy><t:BinarySecret>${base64(counting(80, 32))}</t:BinarySecret></t:Entropy>`,
    );
    expect(() => processIssueResponse(asked('2005'), xml(answer))).to.throw('the key is computed by');
  });
});
