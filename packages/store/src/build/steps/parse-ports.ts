import { type DockerfilePlace, invalidAt } from '../build-error.ts';

const SPEC = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i;
const LARGEST = 65535;

/** The ports that a word of EXPOSE names, each with its protocol. @throws {StoreError} `INVALID_DOCKERFILE` */
export function parsePorts(place: DockerfilePlace, word: string): readonly string[] {
  const [, first, last, protocol = 'tcp'] = SPEC.exec(word) ?? [];
  const start = Number(first);
  const end = last === undefined ? start : Number(last);
  if (first === undefined || end > LARGEST || start > end)
    throw invalidAt(place, `${JSON.stringify(word.slice(0, 80))} names no port.`, 'Write 80, 53/udp or 8000-8010.');
  return Array.from({ length: end - start + 1 }, (_, index) => `${start + index}/${protocol.toLowerCase()}`);
}
