import { parse, readEnvelope, readFault, serialize, type WireRequest, type XmlDocument } from '@holdfast/soap';
import { WSC_13, WSC_2005 } from '@holdfast/ws-security';
import { WST_13, WST_2005 } from '@holdfast/ws-trust';
import { expect } from 'chai';
import { BOB, content, conversation, initiator, order, rejected, wireText } from './samples.js';

const OWN = { '1.3': [WST_13, WSC_13], '2005': [WST_2005, WSC_2005] } as const;

const subcodes = (document: XmlDocument | undefined) =>
  document && readFault(readEnvelope(document))?.subcodes.map(({ namespace, local }) => `${namespace}#${local}`);

const answered = ({ root }: XmlDocument): string => serialize(root);

for (const version of ['1.3', '2005'] as const) {
  const other = version === '1.3' ? '2005' : '1.3';
  const config = { version } as const;

  describe(`a conversation of version ${version} (SC-X-1)`, () => {
    for (const soapVersion of ['1.1', '1.2'] as const) {
      it(`is established, used and cancelled in its own names alone, SOAP ${soapVersion}`, async () => {
        const { ours, theirs } = conversation({
          initiator: { config: { version, soapVersion } },
          recipient: { config },
        });
        const uuid = await ours.sct.getUuid(BOB);
        expect(content(await ours.exchange(order('eggs', { version: soapVersion })))).to.equal('eggs');
        const reference = serialize(ours.sct.reference(uuid));
        await ours.cancel(uuid);
        expect(theirs.log.map(({ event }) => event)).to.deep.equal(['context-issued', 'context-cancelled']);
        const wire = [
          reference,
          ...ours.tap.requests.map((request) => wireText(request)),
          ...ours.tap.responses.map((response) => (response === undefined ? '' : answered(response))),
        ].join('');
        for (const namespace of OWN[version].slice(1)) expect(wire).to.contain(namespace);
        for (const namespace of OWN[other]) expect(wire).to.not.contain(namespace);
      });
    }

    it('is not begun by a request of the other version', async () => {
      const { theirs, time } = conversation({ recipient: { config } });
      const stranger = initiator(theirs.wire, time, { config: { version: other } });
      await rejected(stranger.sct.getUuid(BOB), 'trust-refused');
      expect(subcodes(stranger.tap.responses[0])).to.deep.equal([`${OWN[version][0]}#BadRequest`]);
      expect(theirs.log.map(({ event }) => event)).to.deep.equal(['message-refused']);
    });

    it('says that it does not know a context in its own names, in both versions of SOAP', async () => {
      for (const soapVersion of ['1.1', '1.2'] as const) {
        const { ours, theirs } = conversation({
          initiator: { config: { version, soapVersion } },
          recipient: { config },
        });
        const uuid = await ours.sct.getUuid(BOB);
        await theirs.sct.forget(uuid);
        const answer = await ours.exchange(order('x', { version: soapVersion }));
        const fault = answer && readFault(answer.envelope);
        expect(fault?.code).to.equal('Sender');
        expect(fault?.subcodes.map(({ namespace, local }) => [namespace, local])).to.deep.equal([
          [OWN[version][1], 'BadContextToken'],
        ]);
      }
    });

    it('does not take its own context under the names of the other version', async () => {
      const { ours, theirs } = conversation({ initiator: { config }, recipient: { config } });
      ours.tap.onRequest = async (request, next) => next(renamed(request, OWN[version][1], OWN[other][1]));
      await ours.sct.getUuid(BOB);
      const answer = await ours.exchange(order());
      expect(answer && readFault(answer.envelope)?.code).to.equal('Sender');
      expect(theirs.log.map(({ event }) => event)).to.deep.equal(['context-issued', 'message-refused']);
    });
  });
}

function renamed(request: WireRequest, from: string, to: string): WireRequest {
  return { ...request, root: parse(serialize(request.root).replaceAll(from, to)).root };
}
