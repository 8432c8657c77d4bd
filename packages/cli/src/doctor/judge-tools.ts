import type { ToolFacts } from './facts.ts';
import { type Finding, finding, type Said } from './finding.ts';

/** A command that something here calls. */
interface Tool {
  readonly command: string;
  /** Completes "is needed …". */
  readonly purpose: string;
  readonly remedy: string;
  /** Tells whether anything fails without it; elsewhere some of what could be done cannot. */
  needed(facts: ToolFacts, filesystem: string): boolean;
  /** Tells whether it is of any use here; always, unless told. */
  useful?(facts: ToolFacts, filesystem: string): boolean;
}

/** Mounts go by commands: asked for, or because there is nothing else. */
function byCommands({ systemCalls, mountWith }: ToolFacts): boolean {
  return !systemCalls || mountWith === 'command';
}

const MOUNT = {
  purpose: 'to mount without system calls',
  remedy: 'Install util-linux.',
  needed: byCommands,
  useful: byCommands,
};
const ZFS = {
  purpose: 'to make layers on ZFS',
  remedy: 'Install zfsutils-linux, or zfs-fuse.',
  needed: (_: ToolFacts, filesystem: string) => filesystem === 'zfs',
  useful: (_: ToolFacts, filesystem: string) => filesystem === 'zfs',
};

/** All commands that drivers and archives call. */
export const TOOLS: readonly Tool[] = [
  { command: 'mount', ...MOUNT },
  { command: 'umount', ...MOUNT },
  {
    command: 'btrfs',
    purpose: 'to make layers on btrfs without system calls',
    remedy: 'Install btrfs-progs, or see why koffi does not load.',
    needed: (facts, filesystem) => !facts.systemCalls && filesystem === 'btrfs',
    useful: (facts, filesystem) => !facts.systemCalls && filesystem === 'btrfs',
  },
  { command: 'zfs', ...ZFS },
  { command: 'zpool', ...ZFS },
  {
    command: 'zstd',
    purpose: 'to read layers that are packed with zstd',
    remedy: 'Install zstd.',
    needed: () => false,
  },
];

/** What is missing of commands and libraries, and what that keeps from working on a file system. */
export function judgeTools(facts: ToolFacts, filesystem: string): readonly Finding[] {
  const missing = TOOLS.filter(({ command }) => facts.missing.includes(command)).flatMap((tool) => {
    if (tool.useful?.(facts, filesystem) === false) return [];
    return [missingTool(tool, tool.needed(facts, filesystem))];
  });
  const complete: Said = {
    check: 'commands',
    severity: 'fine',
    sentence: 'All commands that are called here are there.',
  };
  return [systemCalls(facts), ...(missing.length === 0 ? [complete] : missing)].map((said) => finding('tools', said));
}

function missingTool({ command, purpose, remedy }: Tool, needed: boolean): Said {
  const sentence = `The command ${command} is not there; it is needed ${purpose}.`;
  return { check: command, severity: needed ? 'problem' : 'advice', sentence, remedy };
}

function systemCalls({ systemCalls: loads }: ToolFacts): Said {
  const check = 'koffi';
  if (loads) return { check, severity: 'fine', sentence: 'System calls are made directly.' };
  return {
    check,
    severity: 'problem',
    sentence:
      'koffi does not load, so that no system calls can be made: locks, attributes and most mounts do not work.',
    remedy: 'Install the package anew on this machine, for its architecture and C library.',
  };
}
