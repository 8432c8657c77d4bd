import { setUp } from './setup.mjs';

setUp({ install: false });
