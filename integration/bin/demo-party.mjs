// One of the two processes of the demonstration: demo-party.mjs recipient FOLDER PORT | initiator FOLDER URL FILE
import { runInitiator } from '../dist/demo/initiator.js';
import { runRecipient } from '../dist/demo/recipient.js';

const [party, folder, where, file] = process.argv.slice(2);
if (party === 'recipient') await runRecipient(folder, Number(where));
else await runInitiator(folder, where, file);
