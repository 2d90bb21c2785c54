import { expect } from 'chai';
import { assertionId, isAssertion, readAssertion } from '#src/saml/read-assertion.js';
import { after, now, thrown, xml } from '../samples.js';

const NS1 = 'xmlns="urn:oasis:names:tc:SAML:1.0:assertion"';
const NS2 = 'xmlns="urn:oasis:names:tc:SAML:2.0:assertion"';
const AT = '2026-03-01T12:00:00Z';
const CM1 = 'urn:oasis:names:tc:SAML:1.0:cm:';
const CM2 = 'urn:oasis:names:tc:SAML:2.0:cm:';

const saml1 = (content: string, attributes = `AssertionID="a1" Issuer="urn:i" IssueInstant="${AT}"`) =>
  readAssertion(xml(`<Assertion ${NS1} MajorVersion="1" MinorVersion="1" ${attributes}>${content}</Assertion>`));
const saml2 = (content: string, attributes = `ID="a2" IssueInstant="${AT}"`, issuer = '<Issuer>urn:i</Issuer>') =>
  readAssertion(xml(`<Assertion ${NS2} Version="2.0" ${attributes}>${issuer}${content}</Assertion>`));

const SUBJECT1 = `<Subject><NameIdentifier>alice</NameIdentifier></Subject>`;
const AUTH1 = `<AuthenticationStatement AuthenticationInstant="${AT}" AuthenticationMethod="urn:m">${SUBJECT1}</AuthenticationStatement>`;
const refused = (call: () => unknown, code = 'security-header-invalid') => thrown(call, code);

describe('an assertion of SAML 1.1', () => {
  it('is read as the older WCF and Java services write it, on several lines', () => {
    const assertion = saml1(`
      <Conditions NotBefore="${AT}">
        <AudienceRestrictionCondition><Audience>
          urn:us
        </Audience><Audience>urn:them</Audience></AudienceRestrictionCondition>
        <DoNotCacheCondition/>
      </Conditions>
      <Advice/>
      <AuthenticationStatement AuthenticationInstant="${AT}" AuthenticationMethod="urn:m">
        <Subject>
          <NameIdentifier Format="urn:f" NameQualifier="urn:q">CN=alice,O=x</NameIdentifier>
          <SubjectConfirmation>
            <ConfirmationMethod>
              ${CM1}bearer
            </ConfirmationMethod>
            <ConfirmationMethod>${CM1}artifact-01</ConfirmationMethod>
          </SubjectConfirmation>
        </Subject>
        <SubjectLocality IPAddress="127.0.0.1"/>
      </AuthenticationStatement>`);
    expect(assertion).to.deep.equal({
      version: '1.1',
      id: 'a1',
      issuer: 'urn:i',
      issueInstant: now,
      subject: { name: 'CN=alice,O=x', format: 'urn:f', qualifier: 'urn:q' },
      confirmations: [
        { method: 'bearer', keyInfo: undefined, notBefore: undefined, notOnOrAfter: undefined, recipient: undefined },
      ],
      conditions: { notBefore: now, notOnOrAfter: undefined, audiences: [['urn:us', 'urn:them']], oneTimeUse: true },
      attributes: [],
      authenticationInstant: now,
    });
  });

  it('must have a statement, and every statement a subject', () => {
    refused(() => saml1(''));
    refused(() => saml1('<AttributeStatement/>'));
    refused(() => saml1(`<AuthenticationStatement><SubjectLocality/>${SUBJECT1}</AuthenticationStatement>`));
  });

  it('must have its identifier, issuer and instant', () => {
    refused(() => saml1(AUTH1, `Issuer="urn:i" IssueInstant="${AT}"`));
    refused(() => saml1(AUTH1, `AssertionID="a1" IssueInstant="${AT}"`));
    refused(() => saml1(AUTH1, 'AssertionID="a1" Issuer="urn:i"'));
    refused(() => saml1(AUTH1, 'AssertionID="a1" Issuer="urn:i" IssueInstant="yesterday"'));
  });

  it('is not supported with a condition of another kind', () => {
    refused(() => saml1(`<Conditions><Condition/></Conditions>${AUTH1}`), 'unsupported-token');
    refused(() => saml1(`<Conditions><OneTimeUse/></Conditions>${AUTH1}`));
  });

  it('is not supported with a statement of another kind', () => {
    refused(() => saml1(`<SubjectStatement>${SUBJECT1}</SubjectStatement>`));
  });
});

describe('an assertion of SAML 2.0', () => {
  const subject = (content: string) => `<Subject><NameID>alice</NameID>${content}</Subject>`;

  it('is read with all that it says', () => {
    const assertion = saml2(`
      <Subject>
        <NameID Format="urn:f">alice</NameID>
        <SubjectConfirmation Method="${CM2}sender-vouches"><NameID>gateway</NameID></SubjectConfirmation>
        <SubjectConfirmation Method="${CM2}bearer">
          <SubjectConfirmationData NotOnOrAfter="${AT}" NotBefore="${AT}" Recipient="http://us/" Address="127.0.0.1"/>
        </SubjectConfirmation>
        <SubjectConfirmation Method="urn:other"/>
      </Subject>
      <Conditions NotBefore="${AT}" NotOnOrAfter="2026-03-01T13:00:00.000Z">
        <AudienceRestriction><Audience>urn:us</Audience></AudienceRestriction>
        <AudienceRestriction><Audience>urn:them</Audience></AudienceRestriction>
        <OneTimeUse/>
        <ProxyRestriction Count="0"/>
      </Conditions>
      <AuthnStatement AuthnInstant="${AT}"><AuthnContext/></AuthnStatement>
      <AttributeStatement>
        <Attribute Name="role" NameFormat="urn:n" FriendlyName="Role"><AttributeValue>a</AttributeValue><AttributeValue/></Attribute>
        <Attribute Name="address"><AttributeValue><x xmlns="urn:x">y</x></AttributeValue></Attribute>
      </AttributeStatement>`);
    expect(assertion.confirmations.map(({ keyInfo: _, ...rest }) => rest)).to.deep.equal([
      { method: 'sender-vouches', notBefore: undefined, notOnOrAfter: undefined, recipient: undefined },
      { method: 'bearer', notBefore: now, notOnOrAfter: now, recipient: 'http://us/' },
    ]);
    expect(assertion.conditions).to.deep.equal({
      notBefore: now,
      notOnOrAfter: after(3_600_000),
      audiences: [['urn:us'], ['urn:them']],
      oneTimeUse: true,
    });
    expect(assertion.attributes.map(({ name, namespace, values }) => [name, namespace, values])).to.deep.equal([
      ['role', 'urn:n', ['a', '']],
      ['address', undefined, []],
    ]);
    expect(assertion.attributes[1]?.elements.length).to.equal(1);
  });

  it('ends with the session that it states, when that ends earlier', () => {
    const end = (conditions: string, session: string) =>
      saml2(
        `<Conditions NotOnOrAfter="${conditions}"/><AuthnStatement AuthnInstant="${AT}" SessionNotOnOrAfter="${session}"/>`,
      ).conditions.notOnOrAfter;
    expect(end('2026-03-01T13:00:00Z', AT)).to.deep.equal(now);
    expect(end(AT, '2026-03-01T13:00:00Z')).to.deep.equal(now);
  });

  it('may leave out its subject', () => {
    expect(saml2('')).to.deep.include({ subject: undefined, confirmations: [] });
  });

  it('must have its identifier, instant and issuer', () => {
    refused(() => saml2('', `IssueInstant="${AT}"`));
    refused(() => saml2('', 'ID="a2"'));
    refused(() => saml2('', `ID="a2" IssueInstant="${AT}"`, ''));
    refused(() => saml2('', `ID="a2" IssueInstant="${AT}"`, '<Issuer/>'));
    refused(() => saml2('', `ID="a2" IssueInstant="${AT}"`, '<Issuer>a</Issuer><Issuer>b</Issuer>'));
  });

  it('is not supported with names that are encrypted or of another kind', () => {
    refused(() => saml2('<Subject><EncryptedID/></Subject>'), 'unsupported-token');
    refused(() => saml2('<Subject><BaseID/></Subject>'), 'unsupported-token');
    const confirmation = `<SubjectConfirmation Method="${CM2}bearer"><EncryptedID/></SubjectConfirmation>`;
    refused(() => saml2(subject(confirmation)), 'unsupported-token');
    refused(() => saml2('<AttributeStatement><EncryptedAttribute/></AttributeStatement>'), 'unsupported-token');
  });

  it('is not supported with a condition of another kind', () => {
    refused(() => saml2('<Conditions><Condition/></Conditions>'), 'unsupported-token');
  });

  it('is refused with two names, a confirmation without a method, two keys to hold', () => {
    refused(() => saml2('<Subject><NameID>a</NameID><NameID>b</NameID></Subject>'));
    refused(() => saml2(subject('<SubjectConfirmation/>')));
    const keys = '<KeyInfo xmlns="http://www.w3.org/2000/09/xmldsig#"/>'.repeat(2);
    refused(() =>
      saml2(
        subject(
          `<SubjectConfirmation Method="${CM2}holder-of-key"><SubjectConfirmationData>${keys}</SubjectConfirmationData></SubjectConfirmation>`,
        ),
      ),
    );
  });

  it('is refused with times that are not in UTC', () => {
    for (const time of ['2026-03-01T12:00:00', '2026-03-01T12:00:00+01:00', '', 'soon']) {
      refused(() => saml2(`<Conditions NotBefore="${time}"/>`));
    }
  });
});

describe('the identifier of an assertion', () => {
  it('is told for assertions only', () => {
    expect(assertionId(xml(`<Assertion ${NS1} AssertionID="x" ID="y"/>`))).to.equal('x');
    expect(assertionId(xml(`<Assertion ${NS2} AssertionID="x" ID="y"/>`))).to.equal('y');
    expect(assertionId(xml(`<Assertion ${NS2}/>`))).to.equal(undefined);
    expect(assertionId(xml('<Assertion ID="y"/>'))).to.equal(undefined);
    expect(isAssertion(xml(`<Assertion ${NS1}/>`)) && isAssertion(xml(`<Assertion ${NS2}/>`))).to.equal(true);
    expect(isAssertion(xml('<Assertion/>'))).to.equal(false);
  });
});
