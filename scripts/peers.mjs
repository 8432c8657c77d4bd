// `node scripts/peers.mjs`: installs Debian's packages of the programs that `graphdriver bench run --peer` measures beside our drivers.
// It starts no service: the benchmark starts them itself, on directories and sockets of its own.
import { setUpPeers } from './setup.mjs';

setUpPeers();
