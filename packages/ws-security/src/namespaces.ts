import { DS, vocabulary, WSU, XENC } from '@holdfast/soap';

export { DS, WSU, wsu, XENC } from '@holdfast/soap';

export const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
export const WSSE_11 = 'http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd';
export const EC = 'http://www.w3.org/2001/10/xml-exc-c14n#';
export const XENC_11 = 'http://www.w3.org/2009/xmlenc11#';
/** WS-SecureConversation 1.3 and 1.4. */
export const WSC_13 = 'http://docs.oasis-open.org/ws-sx/ws-secureconversation/200512';
/** WS-SecureConversation of February 2005. */
export const WSC_2005 = 'http://schemas.xmlsoap.org/ws/2005/02/sc';

export const wsse = vocabulary('wsse', WSSE);
export const wsse11 = vocabulary('wsse11', WSSE_11);
export const ds = vocabulary('ds', DS);
export const xenc = vocabulary('xenc', XENC);
export const xenc11 = vocabulary('xenc11', XENC_11);
export const ec = vocabulary('ec', EC);

/** The id attribute that everything in a message is referred to by. */
export const WSU_ID = { prefix: 'wsu', namespace: WSU, local: 'Id' } as const;

const MESSAGE_SECURITY_10 = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0';
const MESSAGE_SECURITY_11 = 'http://docs.oasis-open.org/wss/oasis-wss-soap-message-security-1.1';
const USERNAME_PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-username-token-profile-1.0';
const SAML_PROFILE_10 = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.0';
const SAML_PROFILE_11 = 'http://docs.oasis-open.org/wss/oasis-wss-saml-token-profile-1.1';
const X509_PROFILE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0';

export const BASE64_BINARY = `${MESSAGE_SECURITY_10}#Base64Binary`;
export const X509_V3 = `${X509_PROFILE}#X509v3`;
export const X509_V1 = `${X509_PROFILE}#X509v1`;
export const X509_PKI_PATH = `${X509_PROFILE}#X509PKIPathv1`;
export const X509_PKCS7 = `${X509_PROFILE}#PKCS7`;
export const X509_SUBJECT_KEY_IDENTIFIER = `${X509_PROFILE}#X509SubjectKeyIdentifier`;
export const THUMBPRINT_SHA1 = `${MESSAGE_SECURITY_11}#ThumbprintSHA1`;
export const ENCRYPTED_KEY = `${MESSAGE_SECURITY_11}#EncryptedKey`;
export const ENCRYPTED_KEY_SHA1 = `${MESSAGE_SECURITY_11}#EncryptedKeySHA1`;

export const USERNAME_TOKEN = `${USERNAME_PROFILE}#UsernameToken`;
export const PASSWORD_TEXT = `${USERNAME_PROFILE}#PasswordText`;
export const PASSWORD_DIGEST = `${USERNAME_PROFILE}#PasswordDigest`;

/** SAML 1.0 and 1.1: both have this namespace. */
export const SAML_11 = 'urn:oasis:names:tc:SAML:1.0:assertion';
export const SAML_20 = 'urn:oasis:names:tc:SAML:2.0:assertion';
export const saml1 = vocabulary('saml1', SAML_11);
export const saml2 = vocabulary('saml2', SAML_20);
/** Values of KeyIdentifier/@ValueType (SAML Token Profile 1.1 §3.4, table 2). */
export const SAML_ASSERTION_ID = `${SAML_PROFILE_10}#SAMLAssertionID`;
export const SAML_ID = `${SAML_PROFILE_11}#SAMLID`;
/** Values of wsse11:TokenType (SAML Token Profile 1.1 §3.4, table 3). */
export const SAML_11_TOKEN = `${SAML_PROFILE_11}#SAMLV1.1`;
export const SAML_20_TOKEN = `${SAML_PROFILE_11}#SAMLV2.0`;
export const STR_TRANSFORM = `${MESSAGE_SECURITY_10}#STR-Transform`;
