import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type SchemaValidator, type SchemaValidatorConfig, schemaValidator } from '#src/schema/index.js';
import { rejected, thrown } from '../samples.js';

const XS = 'xmlns:xs="http://www.w3.org/2001/XMLSchema"';
const ORDER = `<xs:schema ${XS} targetNamespace="urn:order" elementFormDefault="qualified">
  <xs:element name="order"><xs:complexType><xs:sequence>
    <xs:element name="count" type="xs:positiveInteger"/>
    <xs:any namespace="##other" processContents="lax" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>`;
const importing = (location: string): string => `<xs:schema ${XS} xmlns:o="urn:order" targetNamespace="urn:envelope">
  <xs:import namespace="urn:order" ${location}/>
  <xs:element name="envelope"><xs:complexType><xs:sequence><xs:element ref="o:order"/></xs:sequence></xs:complexType></xs:element>
</xs:schema>`;
const envelopeWith = (count: string): string =>
  `<envelope xmlns="urn:envelope"><order xmlns="urn:order"><count>${count}</count></order></envelope>`;
const catalogOf = (entries: string): string =>
  `<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">${entries}</catalog>`;

describe('schemaValidator', () => {
  let folder: string;
  const validators: SchemaValidator[] = [];
  const file = (name: string, content: string): string => {
    const path = join(folder, name);
    writeFileSync(path, content);
    return path;
  };
  const validatorOf = async (config: Partial<SchemaValidatorConfig>): Promise<SchemaValidator> => {
    const validator = await schemaValidator(config);
    validators.push(validator);
    return validator;
  };
  const accepts = (validator: SchemaValidator): void => {
    expect(validator.validate(envelopeWith('3'))).to.deep.equal([]);
    expect(validator.validate(envelopeWith('none'))).to.have.length.greaterThan(0);
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'holdfast-test-'));
  });
  afterEach(() => {
    for (const validator of validators.splice(0)) validator[Symbol.dispose]();
    rmSync(folder, { recursive: true });
  });

  it('finds a valid document valid, as text and as bytes', async () => {
    const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)] });
    const text = '<order xmlns="urn:order"><count>3</count></order>';
    expect(validator.validate(text)).to.deep.equal([]);
    expect(validator.validate(Buffer.from(`\ufeff${text}`, 'utf16le'))).to.deep.equal([]);
  });

  it('says what is wrong, and in which line', async () => {
    const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)] });
    const problems = validator.validate('<order xmlns="urn:order">\n  <count>-3</count>\n  <count>4</count>\n</order>');
    expect(new Set(problems.map(({ line }) => line))).to.deep.equal(new Set([2, 3]));
    expect(problems[0]?.message).to.contain('count');
  });

  it('gives the same answer again and again', async () => {
    const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)] });
    for (let count = 0; count < 3; count += 1) {
      expect(validator.validate('<order xmlns="urn:order"/>')).to.have.length(1);
      expect(validator.validate('<order xmlns="urn:order"><count>1</count></order>')).to.deep.equal([]);
    }
  });

  it('finds a document that no schema speaks of invalid', async () => {
    const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)] });
    expect(validator.validate('<other/>')).to.have.length(1);
  });

  for (const [name, document, code] of [
    [
      'a DOCTYPE with entities',
      '<!DOCTYPE order [<!ENTITY e "3">]><order xmlns="urn:order">&e;</order>',
      'forbidden-xml',
    ],
    ['XML that is not well-formed', '<order', 'malformed-xml'],
  ] as const) {
    it(`never shows libxml2 ${name}`, async () => {
      const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)] });
      thrown(() => validator.validate(document), code);
    });
  }

  it('keeps to the limits on documents', async () => {
    const validator = await validatorOf({ schemas: [file('order.xsd', ORDER)], xmlLimits: { maxDepth: 1 } });
    thrown(() => validator.validate(envelopeWith('3')), 'xml-limit-exceeded');
  });

  describe('imports', () => {
    it('are found beside the schema that imports', async () => {
      file('order.xsd', ORDER);
      accepts(await validatorOf({ schemas: [file('envelope.xsd', importing('schemaLocation="order.xsd"'))] }));
    });

    it('are found through the catalog, and not in the network', async () => {
      file('order.xsd', ORDER);
      const catalog = file(
        'catalog.xml',
        catalogOf('<system systemId="http://schemas.invalid/order" uri="order.xsd"/>'),
      );
      const schema = file('envelope.xsd', importing("schemaLocation = 'http://schemas.invalid/order'"));
      accepts(await validatorOf({ schemas: [schema], catalog }));
    });

    it('that nobody has are left to the other schemas', async () => {
      const schema = file('envelope.xsd', importing('schemaLocation="http://schemas.invalid/order"'));
      accepts(await validatorOf({ schemas: [file('order.xsd', ORDER), schema] }));
    });

    it('may go in circles', async () => {
      file(
        'order.xsd',
        ORDER.replace(
          '<xs:element name="order">',
          '<xs:import namespace="urn:envelope" schemaLocation="envelope.xsd"/><xs:element name="order">',
        ),
      );
      accepts(await validatorOf({ schemas: [file('envelope.xsd', importing('schemaLocation="order.xsd"'))] }));
    });

    it('of one schema under two names are one import', async () => {
      const order = file('order.xsd', ORDER);
      symlinkSync(order, join(folder, 'link.xsd'));
      file('copy.xsd', ORDER);
      for (const location of ['link.xsd', 'copy.xsd']) {
        const schema = file('envelope.xsd', importing(`schemaLocation="${location}"`));
        accepts(await validatorOf({ schemas: [order, schema] }));
      }
    });

    it('in comments do not count', async () => {
      const schema = file(
        'order.xsd',
        ORDER.replace(
          '<xs:element name="order">',
          '<!-- <xs:include schemaLocation="gone.xsd"/> --><xs:element name="order">',
        ),
      );
      const validator = await validatorOf({ schemas: [schema] });
      expect(validator.validate('<order xmlns="urn:order"><count>1</count></order>')).to.deep.equal([]);
    });
  });

  describe('a catalog', () => {
    it('names the schemas when the option "schemas" does not', async () => {
      file('order.xsd', ORDER);
      file('envelope.xsd', importing('schemaLocation="urn:the-order"'));
      const entries = '<uri name="urn:the-envelope" uri="envelope.xsd"/><uri name="urn:the-order" uri="order.xsd"/>';
      accepts(await validatorOf({ catalog: file('catalog.xml', catalogOf(entries)) }));
    });

    it('rewrites the beginnings of addresses, the longest first', async () => {
      mkdirSync(join(folder, 'deep'));
      file('deep/order.xsd', ORDER);
      const catalog = file(
        'catalog.xml',
        catalogOf(
          '<rewriteSystem systemIdStartString="http://s.invalid/" rewritePrefix="gone/"/><rewriteURI uriStartString="http://s.invalid/v1/" rewritePrefix="deep/"/>',
        ),
      );
      const schema = file('envelope.xsd', importing('schemaLocation="http://s.invalid/v1/order.xsd"'));
      accepts(await validatorOf({ schemas: [schema], catalog }));
    });

    it('has groups, xml:base and other catalogs', async () => {
      mkdirSync(join(folder, 'deep'));
      file('deep/order.xsd', ORDER);
      file(
        'next.xml',
        catalogOf(
          '<group xml:base="deep/"><system systemId="urn:order" uri="order.xsd"/></group><nextCatalog catalog="catalog.xml"/>',
        ),
      );
      const catalog = file('catalog.xml', catalogOf('<nextCatalog catalog="next.xml"/>'));
      accepts(await validatorOf({ schemas: [file('envelope.xsd', importing('schemaLocation="urn:order"'))], catalog }));
    });

    for (const [name, content] of [
      ['that is not XML', 'catalog'],
      ['that is another document', '<other/>'],
      ['that leads into the network', catalogOf('<system systemId="urn:a" uri="http://schemas.invalid/a.xsd"/>')],
    ] as const) {
      it(`${name} is refused`, async () => {
        await rejected(schemaValidator({ catalog: file('catalog.xml', content) }), 'invalid-option');
      });
    }

    it('that is not there is refused', async () => {
      await rejected(schemaValidator({ catalog: join(folder, 'none.xml') }), 'invalid-option');
    });
  });

  describe('refuses', () => {
    it('to validate against nothing', async () => {
      await rejected(schemaValidator({}), 'invalid-option');
      await rejected(schemaValidator({ catalog: file('catalog.xml', catalogOf('')) }), 'invalid-option');
    });

    it('unknown options', async () => {
      await rejected(schemaValidator({ schema: 'x' } as Partial<SchemaValidatorConfig>), 'invalid-option');
    });

    it('a schema that is not there, naming it', async () => {
      const error = await rejected(schemaValidator({ schemas: [join(folder, 'none.xsd')] }), 'invalid-option');
      expect(error.message).to.contain('none.xsd');
    });

    it('an include that nobody has', async () => {
      const schema = file(
        'order.xsd',
        `<xs:schema ${XS}><xs:include schemaLocation="http://schemas.invalid/a"/></xs:schema>`,
      );
      await rejected(schemaValidator({ schemas: [schema] }), 'invalid-option');
    });

    it('a schema that is wrong', async () => {
      const schema = file('order.xsd', `<xs:schema ${XS}><xs:element name="a" type="xs:nothing"/></xs:schema>`);
      const error = await rejected(schemaValidator({ schemas: [schema] }), 'invalid-option');
      expect(error.message).to.contain('order.xsd');
    });

    it('a schema that is not XML', async () => {
      await rejected(schemaValidator({ schemas: [file('order.xsd', 'schema')] }), 'invalid-option');
    });

    it('two schemas for one namespace', async () => {
      const schemas = [file('a.xsd', ORDER), file('b.xsd', ORDER.replace('positiveInteger', 'int'))];
      await rejected(schemaValidator({ schemas }), 'invalid-option');
    });

    it('to work without libxmljs2, saying what to install', async () => {
      const schemas = [file('order.xsd', ORDER)];
      const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      const error = await rejected(
        schemaValidator({ schemas }, { load: () => Promise.reject(missing) }),
        'unsupported',
      );
      expect(error.message).to.contain('npm install libxmljs2');
    });
  });

  it('removes its copies when it is disposed of', async () => {
    const validator = await schemaValidator({ schemas: [file('order.xsd', ORDER)] });
    const copies = validator.folder;
    expect(existsSync(copies)).to.equal(true);
    validator[Symbol.dispose]();
    expect(existsSync(copies)).to.equal(false);
  });
});
