/** The part of the page that is for people with other machines. */
export const ADD_YOUR_MACHINE: string = `## Add your machine

What a first write costs depends on the disk, the file system and the kernel, and these are few of each.
A result of another host is welcome, whatever it says:

1. Let the machine be at rest, and look what will be measured: \`graphdriver bench run --full --plan\`.
   File systems are made in files under the temporary folder; \`--directory /mnt/disk\` measures on one of your own.
2. Measure with several rounds, for the rounds are the observations: \`graphdriver bench run --full --rounds 5 --out my-host.json\`.
   Ctrl-C ends it early with a valid file, and \`graphdriver bench run --resume my-host.json\` goes on with it.
3. Look at it: \`graphdriver bench validate my-host.json\`. Faults have to go; remarks say what makes it worth less, and may stay.
   \`graphdriver bench self --rounds 10 --out my-host-self.json\` tells how small a difference the machine shows at all.
4. Put the file into \`docs/benchmarks/results/hosts/\`, named after the machine and without its host name, and send it as a pull request.
   The file has the kernel, the CPU, the memory, mount options and versions, the names of directories given with \`--directory\`, and nothing else of the host; read it before you send it.

\`graphdriver bench schema\` prints the [JSON Schema](result.schema.json) of the file.
A test validates every file below \`docs/benchmarks/results/\`.
\`graphdriver bench compare theirs.json yours.json\` tells two hosts apart, and names first what is different about them.
`;
