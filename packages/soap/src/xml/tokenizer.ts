import { InvalidMessageError } from '../errors.js';
import { endOfName, endOfRun, endOfSpace, isChars } from './characters.js';
import { AttributeNames, Names } from './names.js';
import { resolved } from './references.js';
import { brief, refuse, refuseDoctype, refuseMalformed } from './refusal.js';
import { xmlDeclaration } from './xml-declaration.js';

/** What a document is made of, each told of as soon as it is read, in order. Whoever listens may throw. */
export interface Tokens {
  /** The XML declaration. */
  declaration(version: string, encoding: string | undefined): void;
  /** An attribute, or a declaration of a namespace, of the element whose start comes next. Its name is there once. */
  attribute(name: string, value: string): void;
  /** The start of an element; its tag is complete. */
  start(name: string): void;
  /** The end of the element that began last of those that have not ended. */
  end(): void;
  /** Character data from one piece of markup to the next, or a CDATA section; outside of the root, white space. */
  text(value: string): void;
  comment(text: string): void;
}

/**
 * Reads well-formed XML 1.0 (fifth edition) without a document type declaration, and so with no entities but the five,
 * and without processing instructions. Of namespaces it knows nothing.
 *
 * Every character is looked at a bounded number of times, and what is refused is not read any further than the tag, the
 * text or the section that it stands in.
 */
export class Tokenizer {
  readonly #source: string;
  readonly #tokens: Tokens;
  /** The names of the elements that have not ended. */
  readonly #open: string[] = [];
  readonly #names = new Names();
  /** Of the tag that is being read. */
  readonly #attributes = new AttributeNames();
  #position = 0;
  /** Where the markup or the text begins that is being read. */
  #token = 0;

  /** @param source text whose surrogates are in pairs, without a byte order mark */
  constructor(source: string, tokens: Tokens) {
    this.#source = source;
    this.#tokens = tokens;
  }

  /** How many characters were looked at, when something was refused: up to the fault, or to what it stands in. */
  get position(): number {
    return this.#position;
  }

  /**
   * Reads a whole document (XML 1.0 §2.1).
   * @throws InvalidMessageError `malformed-xml`, or `forbidden-xml` for what XML has and SOAP has not
   */
  document(): void {
    const source = this.#source;
    let at = this.#misc(this.#declaration());
    if (source.startsWith('<!DOCTYPE', at)) refuseDoctype();
    if (source.charCodeAt(at) !== LESS || endOfName(source, at + 1) === at + 1)
      this.#malformed('there is no root here', at);
    at = this.#content(at, true);
    at = this.#misc(at);
    if (at < source.length) this.#malformed('something follows the root', at);
  }

  /**
   * Reads what may stand between two tags (XML 1.0 §3.1, `content`).
   * @throws InvalidMessageError as {@link document} does
   */
  content(): void {
    this.#content(0, false);
  }

  /**
   * Reads content to its end, whatever is wrong with it: reading goes on at the next tag, and an end that has no beginning
   * is left out. Nothing that comes of it may be believed; it is the work of reading that is wanted.
   * @returns whether nothing was wrong
   */
  attempt(): boolean {
    // To note where an error was made takes longer than to read the message that it is about.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      return this.#attempt();
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  #attempt(): boolean {
    let at = 0;
    for (let faults = 0; faults < MAX_FAULTS; faults++) {
      try {
        this.#content(at, false);
        return faults === 0;
      } catch (error) {
        if (!(error instanceof InvalidMessageError)) throw error;
        at = error.code === 'xml-limit-exceeded' ? -1 : this.#source.indexOf('<', this.#token + 1);
        if (at < 0) return false;
      }
    }
    return false;
  }

  #declaration(): number {
    const declaration = xmlDeclaration(this.#source);
    if (declaration === undefined) return 0;
    this.#tokens.declaration(declaration.version, declaration.encoding);
    return declaration.end;
  }

  /** Comments and white space. */
  #misc(start: number): number {
    const source = this.#source;
    let at = start;
    for (;;) {
      this.#position = at;
      const end = endOfSpace(source, at);
      if (end > at) this.#tokens.text(withLineFeeds(source.slice(at, end)));
      at = end;
      if (source.startsWith('<!--', at)) at = this.#comment(at);
      else if (source.startsWith('<?', at)) this.#refuseInstruction(at);
      else return at;
    }
  }

  /** @param single whether it ends with the first element */
  #content(start: number, single: boolean): number {
    const source = this.#source;
    const open = this.#open;
    let at = start;
    while (at < source.length) {
      this.#position = at;
      this.#token = at;
      if (source.charCodeAt(at) !== LESS) {
        at = this.#text(at);
        continue;
      }
      switch (source.charCodeAt(at + 1)) {
        case SLASH:
          at = this.#endTag(at);
          break;
        case EXCLAMATION:
          at = source.startsWith('<!--', at) ? this.#comment(at) : this.#section(at);
          break;
        case QUESTION:
          return this.#refuseInstruction(at);
        default:
          at = this.#startTag(at);
      }
      if (single && open.length === 0) return at;
    }
    this.#token = at;
    const unfinished = open.at(-1);
    if (unfinished !== undefined) this.#malformed(`"${brief(unfinished)}" does not end`, at);
    return at;
  }

  /** XML 1.0 §2.4. */
  #text(at: number): number {
    const source = this.#source;
    const plain = endOfRun(PLAIN_TEXT, source, at);
    if (plain === source.length || source.charCodeAt(plain) === LESS) {
      this.#tokens.text(source.slice(at, plain));
      return plain;
    }
    const end = endOfRun(TEXT, source, plain);
    if (end < source.length && source.charCodeAt(end) !== LESS)
      this.#malformed('a character that XML does not have', end);
    const written = source.slice(at, end);
    if (written.includes(']]>')) this.#malformed('"]]>" in text', at, end);
    const value = resolved(withLineFeeds(written)) ?? this.#malformed('a reference that is none, in text', at, end);
    this.#tokens.text(value);
    return end;
  }

  /** XML 1.0 §2.5. */
  #comment(at: number): number {
    const source = this.#source;
    const end = source.indexOf('--', at + 4);
    if (end < 0) this.#malformed('a comment is not finished', at);
    if (source.charCodeAt(end + 2) !== GREATER) this.#malformed('"--" in a comment', end);
    this.#tokens.comment(this.#literal(at + 4, end));
    return end + 3;
  }

  /** XML 1.0 §2.7. */
  #section(at: number): number {
    const source = this.#source;
    if (!source.startsWith('<![CDATA[', at)) this.#malformed('"<!" begins neither a comment nor a CDATA section', at);
    const end = source.indexOf(']]>', at + 9);
    if (end < 0) this.#malformed('a CDATA section is not finished', at);
    this.#tokens.text(this.#literal(at + 9, end));
    return end + 3;
  }

  #literal(from: number, to: number): string {
    const written = this.#source.slice(from, to);
    if (!isChars(written)) this.#malformed('a character that XML does not have', from, to);
    return withLineFeeds(written);
  }

  /** XML 1.0 §3.1: a start tag, or the tag of an empty element. */
  #startTag(start: number): number {
    const source = this.#source;
    let at = endOfName(source, start + 1);
    if (at === start + 1) this.#malformed('"<" is followed by no name', start);
    const name = this.#names.at(source, start + 1, at);
    this.#attributes.clear();
    for (;;) {
      const gap = at;
      let code = source.charCodeAt(at);
      if (code !== GREATER && code !== SLASH) {
        at = endOfSpace(source, at);
        code = source.charCodeAt(at);
      }
      if (code === GREATER) {
        this.#tokens.start(name);
        this.#open.push(name);
        return at + 1;
      }
      if (code === SLASH) {
        if (source.charCodeAt(at + 1) !== GREATER) this.#malformed('a "/" within a tag', at);
        this.#tokens.start(name);
        this.#tokens.end();
        return at + 2;
      }
      if (at === source.length) this.#malformed('a tag is not finished', start);
      if (at === gap) this.#malformed('what follows in a tag is not set off by white space', at);
      at = this.#attribute(at);
    }
  }

  #attribute(start: number): number {
    const source = this.#source;
    this.#position = start;
    let at = endOfName(source, start);
    if (at === start) this.#malformed('a name of an attribute is missing', start);
    const name = this.#names.at(source, start, at);
    at = endOfSpace(source, at);
    if (source.charCodeAt(at) !== EQUALS) this.#malformed('an attribute without a value', start);
    at = endOfSpace(source, at + 1);
    const quote = source.charCodeAt(at);
    if (quote !== QUOTE && quote !== APOSTROPHE) this.#malformed('an attribute value without quotation marks', at);
    if (!this.#attributes.add(name)) this.#malformed(`the attribute "${brief(name)}" is there twice`, start);
    const from = at + 1;
    at = endOfRun(quote === QUOTE ? PLAIN_QUOTED : PLAIN_APOSTROPHED, source, from);
    if (source.charCodeAt(at) === quote) {
      this.#tokens.attribute(name, source.slice(from, at));
      return at + 1;
    }
    at = endOfRun(quote === QUOTE ? QUOTED : APOSTROPHED, source, at);
    if (at === source.length) this.#malformed('an attribute value is not finished', from);
    if (source.charCodeAt(at) !== quote)
      this.#malformed('a "<" or a character that XML does not have, in an attribute', at);
    // XML 1.0 §3.3.3: what a reference stands for stays as it is.
    const written = source.slice(from, at).replace(/\r\n|[\t\r\n]/g, ' ');
    this.#tokens.attribute(
      name,
      resolved(written) ?? this.#malformed('a reference that is none, in an attribute', from, at),
    );
    return at + 1;
  }

  /** XML 1.0 §3.1. */
  #endTag(start: number): number {
    const source = this.#source;
    const name = this.#open.at(-1);
    if (name === undefined) return this.#malformed('the end of an element that has not begun', start);
    const end = start + 2 + name.length;
    if (!source.startsWith(name, start + 2)) this.#malformed(`"${brief(name)}" is not what ends here`, start);
    const at = source.charCodeAt(end) === GREATER ? end : endOfSpace(source, end);
    if (source.charCodeAt(at) !== GREATER) this.#malformed(`"${brief(name)}" is not what ends here`, start);
    this.#open.pop();
    this.#tokens.end();
    return at + 1;
  }

  /** For one that is none, there is no reason to say that they are not accepted (XML 1.0 §2.6). */
  #refuseInstruction(at: number): never {
    const source = this.#source;
    const end = endOfName(source, at + 2);
    const target = source.slice(at + 2, end);
    if (/^xml$/i.test(target)) this.#malformed('an XML declaration that is not at the start', at);
    if (end === at + 2 || !/[ \t\r\n?]/.test(source.charAt(end))) {
      this.#malformed('a processing instruction without a target', at);
    }
    return refuse('forbidden-xml', 'A processing instruction is not accepted.');
  }

  /** @param reached how far was read already, where that is further */
  #malformed(what: string, at: number, reached = at): never {
    this.#position = reached;
    return refuseMalformed(what, at);
  }
}

/** XML 1.0 §2.11. */
function withLineFeeds(text: string): string {
  return text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text;
}

/** More than one changed block of a ciphertext makes; whoever makes more makes no work by it. */
const MAX_FAULTS = 32;

const EXCLAMATION = 0x21;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const SLASH = 0x2f;
const LESS = 0x3c;
const EQUALS = 0x3d;
const GREATER = 0x3e;
const QUESTION = 0x3f;

/** What stands for itself, and then whatever may stand there. */
const PLAIN_TEXT = /[^<&\]\0-\x08\x0b-\x1f\ufffe\uffff]*/y;
const TEXT = /[^<\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*/y;
const PLAIN_QUOTED = /[^"<&\0-\x1f\ufffe\uffff]*/y;
const QUOTED = /[^"<\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*/y;
const PLAIN_APOSTROPHED = /[^'<&\0-\x1f\ufffe\uffff]*/y;
const APOSTROPHED = /[^'<\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]*/y;
