import { attribute, elements } from '@holdfast/soap';
import { expect } from 'chai';
import type { ProtectionDescription } from '#src/description.js';
import { WSU_ID } from '#src/namespaces.js';
import { changed, opened, part, secured, thrown, withCertificates, withContext, xml } from '../samples.js';

/** Signed in clear, so that nothing but the place of what is signed is at stake. */
const descriptions: Record<string, ProtectionDescription> = {
  'security context': { ...withContext, encryptBody: false },
  certificate: { ...withCertificates, encryptBody: false },
};

const evil = (id: string) =>
  `<s:Body xmlns:wsu="${WSU_ID.namespace}"${id}><o:Place xmlns:o="urn:o">666 eggs</o:Place></s:Body>`;

for (const [what, description] of Object.entries(descriptions)) {
  describe(`signature wrapping, signed by a ${what}`, () => {
    const message = secured(description);
    const body = part(message, 's:Body');
    const bodyId = attribute(elements(xml(message)).find(({ local }) => local === 'Body') as never, WSU_ID) as string;
    const refused = (text: string, code: string) => thrown(() => opened(text, description), code);

    it('is told by a message that is accepted', () => {
      expect(opened(message, description).envelope.body.length).to.equal(1);
    });

    it('in a header block: the signed Body there, another in its place', () => {
      const wrapped = changed(message, body, evil('')).replace(
        '</s:Header>',
        `<x:Wrap xmlns:x="urn:x">${body}</x:Wrap></s:Header>`,
      );
      refused(wrapped, 'reference-not-resolved');
    });

    it('in a header block that need not be understood and is for nobody', () => {
      const wrapper = `<x:Wrap xmlns:x="urn:x" s:mustUnderstand="0" s:role="http://www.w3.org/2003/05/soap-envelope/role/none">${body}</x:Wrap>`;
      refused(
        changed(message, body, evil(' wsu:Id="evil"')).replace('</s:Header>', `${wrapper}</s:Header>`),
        'reference-not-resolved',
      );
    });

    it('in the Body: the signed one within another', () => {
      refused(changed(message, body, evil('').replace('</s:Body>', `${body}</s:Body>`)), 'reference-not-resolved');
    });

    it('in the Security header', () => {
      const wrapped = changed(message, body, evil('')).replace(
        '</wsse:Security>',
        `<x:Wrap xmlns:x="urn:x">${body}</x:Wrap></wsse:Security>`,
      );
      refused(wrapped, 'reference-not-resolved');
    });

    it('in the Signature, as its Object', () => {
      const wrapped = changed(message, body, evil('')).replace(
        '</ds:Signature>',
        `<ds:Object>${body}</ds:Object></ds:Signature>`,
      );
      refused(wrapped, 'security-header-invalid');
    });

    it('in the Timestamp', () => {
      refused(
        changed(message, body, evil('')).replace('</wsu:Timestamp>', `${body}</wsu:Timestamp>`),
        'reference-not-resolved',
      );
    });

    it('beside: a second Body after the first', () => {
      refused(changed(message, body, body + evil('')), 'security-header-invalid');
    });

    it('beside: a second Body before the first', () => {
      refused(changed(message, body, evil('') + body), 'security-header-invalid');
    });

    it('beside: the signed Body before the Header', () => {
      refused(changed(changed(message, body, evil('')), '<s:Header>', `${body}<s:Header>`), 'security-header-invalid');
    });

    it('beside: a Header with the signed blocks after the Body', () => {
      const header = part(message, 's:Header');
      refused(changed(message, body, body + header), 'duplicate-id');
      const strange = header.replace(/ (?:wsu:)?Id="[^"]*"/g, '');
      refused(changed(message, body, body + strange), 'security-header-invalid');
    });

    it('by an Id that is given twice', () => {
      refused(
        changed(message, body, evil(` wsu:Id="${bodyId}"`)).replace(
          '</s:Header>',
          `<x:W xmlns:x="urn:x">${body}</x:W></s:Header>`,
        ),
        'duplicate-id',
      );
    });

    it('by Ids of two kinds: wsu:Id, and the Id of an XML Signature element', () => {
      const object = `<ds:Object xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="${bodyId}"/>`;
      refused(message.replace('</s:Header>', `<x:W xmlns:x="urn:x">${object}</x:W></s:Header>`), 'duplicate-id');
    });

    it('by an Id that only other readers take for one', () => {
      const wrapped = changed(message, body, evil(` Id="${bodyId}" ID="${bodyId}" id="${bodyId}"`));
      refused(wrapped, 'reference-not-resolved');
      refused(
        wrapped.replace('</s:Header>', `<x:W xmlns:x="urn:x">${body}</x:W></s:Header>`),
        'reference-not-resolved',
      );
    });

    it('of the Body by an envelope around the envelope', () => {
      const outer = '<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body>';
      refused(`${outer}${message}</s:Body></s:Envelope>`, 'security-header-missing');
    });

    it('of a header block: the signed Action elsewhere, another in its place', () => {
      const action = part(message, 'wsa:Action');
      const wrapped = changed(message, action, '<wsa:Action s:mustUnderstand="1">urn:o/Cancel</wsa:Action>');
      refused(
        wrapped.replace('</s:Header>', `<x:W xmlns:x="urn:x">${action}</x:W></s:Header>`),
        'reference-not-resolved',
      );
      refused(wrapped, 'reference-not-resolved');
    });

    it('of a header block: another Action beside the signed one', () => {
      const action = part(message, 'wsa:Action');
      refused(changed(message, action, `${action}<wsa:Action>urn:o/Cancel</wsa:Action>`), 'part-not-signed');
      refused(changed(message, action, `<wsa:Action>urn:o/Cancel</wsa:Action>${action}`), 'part-not-signed');
    });

    it('of the Timestamp: the signed one elsewhere, another in its place', () => {
      const timestamp = part(message, 'wsu:Timestamp');
      const later = timestamp.replace(/wsu:Id="[^"]*"/, '').replaceAll('2026', '2027');
      const wrapped = changed(message, timestamp, later);
      refused(
        wrapped.replace('</s:Header>', `<x:W xmlns:x="urn:x">${timestamp}</x:W></s:Header>`),
        'reference-not-resolved',
      );
      refused(changed(message, timestamp, timestamp + later), 'security-header-invalid');
    });

    it('by moving the Security header into another block', () => {
      const security = part(message, 'wsse:Security');
      refused(changed(message, security, `<x:W xmlns:x="urn:x">${security}</x:W>`), 'security-header-missing');
    });

    it('by a second Security header', () => {
      const second =
        '<wsse:Security xmlns:wsse="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"/>';
      refused(changed(message, '</s:Header>', `${second}</s:Header>`), 'security-header-invalid');
      refused(changed(message, '<s:Header>', `<s:Header>${second}`), 'security-header-invalid');
    });

    it('by giving the Security header to somebody else', () => {
      const security = '<wsse:Security ';
      refused(changed(message, security, `${security}s:role="urn:other" `), 'security-header-missing');
    });
  });
}
