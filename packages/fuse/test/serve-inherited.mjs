// Serves the mount whose device is descriptor 3: node serve-inherited.mjs TARGET PARAMETERS NAME...
// PARAMETERS are those that were agreed on before, or "null"; it says on a line of its own what they are.
// Without names it answers no lookup, ever: a server that hangs.
import { FuseServer } from '@graphdriver/fuse';
import { namesOnly } from './names-only.mjs';

const [target, text, ...names] = process.argv.slice(2);
const parameters = JSON.parse(text) ?? undefined;
const say = (line) => process.stdout.write(`${line}\n`);
const hanging = {
  lookup: () => {
    say('taken');
    return new Promise(() => undefined);
  },
};
const init = (session) => say(JSON.stringify(session.parameters));
const fileSystem = { ...namesOnly(names), ...(names.length === 0 ? hanging : {}), init };
const mount = new FuseServer().adopt(fileSystem, { device: 3, parameters, target });
if (parameters !== undefined) mount.session.notify.resend();
await mount.ended;
