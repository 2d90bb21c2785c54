import { element, elements, type HoldfastError, parse, serialize, withChildren } from '@holdfast/soap';
import { expect } from 'chai';
import { ds } from '#src/namespaces.js';
import type { SamlVersion } from '#src/saml/assertion.js';
import { certificateKeyInfo } from '#src/saml/key-info-forms.js';
import { changed, thrown, xml } from '../samples.js';
import { honest, ID, idOf, issued, mallory, PREFIX, signatureOf, VERSIONS, verified } from './issued.js';

const refused = (assertion: string, code: string): HoldfastError => thrown(() => verified(assertion), code);
const MALFORMED = 'security-header-invalid';

/** What somebody would like the assertion to say, under an identifier of their own. */
const evil = (version: SamlVersion): string => {
  const assertion = issued(version, { subject: { name: 'root' } });
  return assertion.replace(signatureOf(assertion), '').replace(idOf(assertion), '_evil');
};

/** The assertion with something put at the end of it, or before its signature. */
const within = (assertion: string, what: string): string =>
  assertion.replace(/<\/saml[12]:Assertion>$/, `${what}</${assertion.slice(1, 16)}>`);

const advice = (version: SamlVersion, content: string): string =>
  `<${PREFIX[version]}:Advice>${content}</${PREFIX[version]}:Advice>`;

describe('attacks on assertions', () => {
  for (const version of VERSIONS) {
    describe(`of SAML ${version}`, () => {
      const good = issued(version);
      const signature = signatureOf(good);
      const id = idOf(good);
      const bare = good.replace(signature, '');
      const p = PREFIX[version];

      it('is no attack: the assertion itself', () => {
        expect(verified(good).subject?.name).to.equal('alice');
        expect(verified(parse(`<x xmlns="urn:x">${good}</x>`).root.children[0] as never).id).to.equal(id);
      });

      it('signature stripped', () => {
        refused(bare, 'token-not-trusted');
        refused(good.replace(signature, '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#"/>'), MALFORMED);
      });

      for (const [what, from, to] of [
        ['subject', '>alice<', '>root<'],
        ['attribute', '>buyer<', '>admin<'],
        ['issuer', honest.name, 'urn:test:issuer2'],
        ['method', 'cm:bearer', 'cm:sender-vouches'],
      ] as const) {
        it(`${what} changed`, () => {
          refused(changed(good, from, to), what === 'issuer' ? 'token-not-trusted' : 'digest-mismatch');
        });
      }

      it('conditions changed or removed', () => {
        const conditions = new RegExp(`<${p}:Conditions [^>]*/>`);
        refused(changed(good, conditions, ''), 'digest-mismatch');
        refused(changed(good, /NotOnOrAfter="2026/, 'NotOnOrAfter="2036'), 'digest-mismatch');
      });

      it('signature value or digest changed', () => {
        for (const name of ['SignatureValue', 'DigestValue']) {
          const at = good.indexOf(`<ds:${name}>`) + name.length + 7;
          const flipped = good[at] === 'A' ? 'B' : 'A';
          refused(good.slice(0, at) + flipped + good.slice(at + 1), 'signature-invalid');
        }
      });

      describe('wrapping (Somorovsky et al., On Breaking SAML)', () => {
        const stranger = evil(version);
        const withSignature = (assertion: string, what: string): string =>
          version === '1.1' ? within(assertion, what) : assertion.replace(/<\/saml2:Issuer>/, `</saml2:Issuer>${what}`);

        const cases: Readonly<Record<string, string>> = {
          'XSW 1: the signed one within the signature of the evil one': withSignature(
            stranger,
            signature.replace('</ds:Signature>', `${bare}</ds:Signature>`),
          ),
          'XSW 2: the signature of one beside it': withSignature(stranger, `${signature}${bare}`),
          'XSW 3: the signed one beside the evil one’s statements': within(stranger, good),
          'XSW 4: the signed one within the evil one': withSignature(within(stranger, bare), signature),
          'XSW 5: the evil one with the signature of the other': withSignature(stranger, signature),
          'XSW 6: the signed one within the signature': withSignature(
            stranger,
            signature.replace('</ds:SignatureValue>', `</ds:SignatureValue>${bare}`),
          ),
          'XSW 7: the signed one in an extension': within(
            stranger,
            `<x:Extensions xmlns:x="urn:x">${good}</x:Extensions>`,
          ),
          'XSW 8: the signed one in an Object of the signature': withSignature(
            stranger,
            signature.replace('</ds:Signature>', `<ds:Object>${bare}</ds:Object></ds:Signature>`),
          ),
          'the signed one in the Advice': stranger.replace(
            version === '1.1' ? /<saml1:AttributeStatement>/ : /<saml2:AttributeStatement>/,
            `${advice(version, good)}$&`,
          ),
          'the evil one in the Advice of the signed one': good.replace(
            version === '1.1' ? /<saml1:AttributeStatement>/ : /<saml2:AttributeStatement>/,
            `${advice(version, stranger)}$&`,
          ),
        };
        for (const [what, message] of Object.entries(cases)) {
          it(what, () => {
            const { code } = thrownAny(() => verified(xml(message)));
            expect([MALFORMED, 'token-not-trusted', 'digest-mismatch']).to.include(code);
          });
        }

        it('the identifier of the signed one on the evil one', () => {
          refused(withSignature(stranger.replace('_evil', id), signature), 'digest-mismatch');
        });
      });

      it('signature moved to another place', () => {
        refused(bare.replace(/^<[^>]*>/, `$&${signature}`), MALFORMED);
        refused(version === '1.1' ? bare.replace(/<saml1:Attr/, `${signature}$&`) : within(bare, signature), MALFORMED);
      });

      it('signature within the subject', () => {
        const name = version === '1.1' ? '</saml1:NameIdentifier>' : '</saml2:NameID>';
        refused(changed(bare, name, `${signature}${name}`), MALFORMED);
        refused(changed(bare, name, `${name}${signature}`), MALFORMED);
      });

      it('signature twice', () => {
        refused(good.replace(signature, signature + signature), MALFORMED);
        const other = signatureOf(issued(version, { subject: { name: 'bob' } }));
        refused(good.replace(signature, other + signature), MALFORMED);
      });

      it("another assertion's signature", () => {
        const other = issued(version);
        refused(good.replace(signature, signatureOf(other)), MALFORMED);
        refused(good.replace(signature, signatureOf(other).replace(idOf(other), id)), 'signature-invalid');
      });

      it('identifier doubled within', () => {
        for (const attribute of [`ID="${id}"`, `Id="${id}"`, `AssertionID="${id}"`, `xml:id="${id}"`]) {
          const doubled = good.replace(/<saml([12]):AttributeValue>/, `<saml$1:AttributeValue ${attribute}>`);
          // The parser knows some of them itself.
          expect([MALFORMED, 'duplicate-id']).to.include(thrownAny(() => verified(doubled)).code);
        }
      });

      it('identifier that is none', () => {
        for (const value of ['', '#', 'a b', '1x', `xpointer(id('${id}'))`]) {
          refused(good.replace(`${ID[version]}="${id}"`, `${ID[version]}="${value}"`), MALFORMED);
        }
        refused(good.replace(` ${ID[version]}="${id}"`, ''), MALFORMED);
      });

      it('reference to something else', () => {
        for (const uri of ['', '#', '#other', `${id}`, `#xpointer(id('${id}'))`, '#xpointer(/)', 'http://x/#a']) {
          refused(good.replace(`URI="#${id}"`, `URI="${uri}"`), MALFORMED);
        }
        refused(good.replace(` URI="#${id}"`, ''), MALFORMED);
      });

      it('more references than one, or none', () => {
        const reference = /<ds:Reference .*<\/ds:Reference>/.exec(good)?.[0] ?? '';
        refused(good.replace(reference, reference + reference), MALFORMED);
        refused(good.replace(reference, ''), MALFORMED);
      });

      describe('transforms', () => {
        const transforms = /<ds:Transforms>.*<\/ds:Transforms>/.exec(good)?.[0] ?? '';
        const enveloped = '<ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"/>';
        const exclusive = '<ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>';
        const other = (algorithm: string, content = '') =>
          `<ds:Transform Algorithm="${algorithm}">${content}</ds:Transform>`;
        for (const [what, list] of Object.entries({
          'an XPath':
            enveloped +
            other('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>self::x</ds:XPath>') +
            exclusive,
          'an XPath instead':
            enveloped + other('http://www.w3.org/TR/1999/REC-xpath-19991116', '<ds:XPath>0</ds:XPath>'),
          'an XPath Filter 2': other('http://www.w3.org/2002/06/xmldsig-filter2') + exclusive,
          'an XSLT': enveloped + other('http://www.w3.org/TR/1999/REC-xslt-19991116'),
          Base64: enveloped + other('http://www.w3.org/2000/09/xmldsig#base64'),
          'no canonicalization': enveloped,
          'no enveloped-signature': exclusive,
          'another order': exclusive + enveloped,
          'one twice': enveloped + exclusive + exclusive,
          'canonicalization with comments': enveloped + other('http://www.w3.org/2001/10/xml-exc-c14n#WithComments'),
          'inclusive canonicalization': enveloped + other('http://www.w3.org/TR/2001/REC-xml-c14n-20010315'),
          nothing: '',
        })) {
          it(`with ${what}`, () => {
            refused(good.replace(transforms, `<ds:Transforms>${list}</ds:Transforms>`), 'algorithm-not-allowed');
          });
        }

        it('that are missing', () => {
          refused(good.replace(transforms, ''), MALFORMED);
        });
      });

      describe('algorithms', () => {
        const method = 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha256';
        for (const algorithm of [
          'http://www.w3.org/2000/09/xmldsig#hmac-sha1',
          'http://www.w3.org/2001/04/xmldsig-more#hmac-sha256',
          'http://www.w3.org/2000/09/xmldsig#dsa-sha1',
          'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
          'http://www.w3.org/2001/04/xmldsig-more#rsa-md5',
          'http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256',
          'urn:none',
          '',
        ]) {
          it(`signature by ${algorithm || 'nothing'}`, () => {
            refused(good.replace(method, algorithm), 'algorithm-not-allowed');
          });
        }

        it('another one than the signature was made with', () => {
          refused(good.replace(method, 'http://www.w3.org/2001/04/xmldsig-more#rsa-sha512'), 'signature-invalid');
        });

        it('a SignatureMethod with parameters', () => {
          const parameters = '<ds:HMACOutputLength>8</ds:HMACOutputLength>';
          refused(
            good.replace(
              `<ds:SignatureMethod Algorithm="${method}"/>`,
              `<ds:SignatureMethod Algorithm="${method}">${parameters}</ds:SignatureMethod>`,
            ),
            'algorithm-not-allowed',
          );
        });

        it('digest by SHA-1 or MD5', () => {
          for (const digest of [
            'http://www.w3.org/2000/09/xmldsig#sha1',
            'http://www.w3.org/2001/04/xmldsig-more#md5',
          ]) {
            refused(good.replace('http://www.w3.org/2001/04/xmlenc#sha256', digest), 'algorithm-not-allowed');
          }
        });

        it('canonicalization of SignedInfo by another method', () => {
          const to = 'CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"';
          refused(good.replace(/CanonicalizationMethod Algorithm="[^"]*"/, to), 'algorithm-not-allowed');
        });
      });

      describe('keys', () => {
        const resigned = serialize(
          mallory.issue(new Date('2026-03-01T12:00:00Z'), undefined, { version, issuer: honest.name }),
        );
        const keyInfo = /<ds:KeyInfo>.*<\/ds:KeyInfo>/.exec(good)?.[0] ?? '';

        it('signed by somebody else in the name of the issuer', () => {
          refused(resigned, 'token-not-trusted');
        });

        it('signed by somebody else, with the certificate of the issuer shown', () => {
          const shown = resigned.replace(/<ds:KeyInfo>.*<\/ds:KeyInfo>/, () => keyInfo);
          refused(shown, 'signature-invalid');
        });

        it('the certificate of somebody else beside that of the issuer', () => {
          const stranger = serialize(certificateKeyInfo(mallory.credential.certificate));
          const data = (from: string) => /<ds:X509Data>.*<\/ds:X509Data>/.exec(from)?.[0] ?? '';
          refused(good.replace(keyInfo, keyInfo.replace('</ds:KeyInfo>', `${data(stranger)}</ds:KeyInfo>`)), MALFORMED);
          const both = data(keyInfo).replace('</ds:X509Data>', data(stranger).replace('<ds:X509Data>', ''));
          refused(good.replace(data(keyInfo), both), 'unsupported-token');
        });

        it('no key named', () => {
          refused(good.replace(keyInfo, ''), MALFORMED);
          refused(good.replace(keyInfo, '<ds:KeyInfo/>'), MALFORMED);
          refused(good.replace(keyInfo, '<ds:KeyInfo><ds:KeyName>issuer</ds:KeyName></ds:KeyInfo>'), MALFORMED);
        });

        it('an issuer that is not known', () => {
          const own = serialize(mallory.issue(new Date('2026-03-01T12:00:00Z'), undefined, { version }));
          refused(own, 'token-not-trusted');
        });

        it('the assertion of one issuer in the name of another that is believed, too', () => {
          thrown(() => verified(resigned, { issuers: [honest.issuer, mallory.issuer] }), 'token-not-trusted');
        });
      });

      it('comments in a name are no end of it (CVE-2017-11427 and kin)', () => {
        const assertion = issued(version, { subject: { name: 'root.evil' } });
        expect(verified(changed(assertion, 'root.evil', 'root<!-- -->.evil')).subject?.name).to.equal('root.evil');
      });

      it('comments in a digest, a signature value, an issuer change nothing', () => {
        const commented = good
          .replace(/(<ds:DigestValue>....)/, '$1<!-- x -->')
          .replace(/(<ds:SignatureValue>....)/, '$1<!-- x -->');
        expect(verified(commented).id).to.equal(id);
        // CVE-2025-29775: the other reading of a commented digest must not be there.
        const digest = /<ds:DigestValue>([^<]*)</.exec(good)?.[1] ?? '';
        refused(good.replace(digest, `AAAA<!--${digest}-->`), 'signature-invalid');
      });

      it('more than one SignedInfo, or anything beside it (CVE-2025-29774)', () => {
        const info = /<ds:SignedInfo>.*<\/ds:SignedInfo>/.exec(good)?.[0] ?? '';
        refused(good.replace(info, info + info), MALFORMED);
        refused(good.replace(info, `${info}<ds:Object>${info}</ds:Object>`), MALFORMED);
      });

      it('two subjects', () => {
        const subject = new RegExp(`<${p}:Subject>.*</${p}:Subject>`).exec(good)?.[0] ?? '';
        refused(good.replace(subject, subject + subject.replace('alice', 'root')), MALFORMED);
      });

      it('elements in a name', () => {
        refused(changed(good, '>alice<', `><x xmlns="urn:x">root</x>alice<`), MALFORMED);
      });

      it('an unknown part, and parts out of order', () => {
        refused(within(good, '<x xmlns="urn:x"/>'), MALFORMED);
        const root = xml(good);
        for (const order of [[...elements(root)].reverse(), [...elements(root), element(ds('KeyInfo'))]]) {
          refused(serialize(withChildren(root, order)), MALFORMED);
        }
      });

      it('another version', () => {
        const attribute =
          version === '1.1' ? ['MinorVersion="1"', 'MinorVersion="0"'] : ['Version="2.0"', 'Version="3.0"'];
        refused(changed(good, attribute[0] ?? '', attribute[1] ?? ''), 'unsupported-token');
        refused(changed(good, ` ${attribute[0]}`, ''), 'unsupported-token');
      });
    });
  }

  it('two statements about different subjects in SAML 1.1', () => {
    const good = issued('1.1', {
      authentication: { instant: new Date('2026-03-01T12:00:00Z'), method: 'urn:oasis:names:tc:SAML:1.0:am:password' },
    });
    expect(verified(good).subject?.name).to.equal('alice');
    refused(good.replace('>alice<', '>root<'), MALFORMED);
    refused(good.replace('cm:bearer', 'cm:holder-of-key'), MALFORMED);
  });

  it('a token that is no assertion', () => {
    refused('<Assertion ID="_1"/>', 'unsupported-token');
    refused('<a:Assertion xmlns:a="urn:oasis:names:tc:SAML:3.0:assertion"/>', 'unsupported-token');
    refused('<s:EncryptedAssertion xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion"/>', 'unsupported-token');
  });
});

function thrownAny(call: () => unknown): { readonly code: string } {
  try {
    call();
  } catch (error) {
    return error as { readonly code: string };
  }
  return expect.fail('accepted');
}
