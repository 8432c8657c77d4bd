import type { DriverModule } from '@graphdriver/core';
import { containerdPeer } from './containerd-peer.ts';
import { containersStoragePeer } from './containers-storage-peer.ts';
import { dockerPeer } from './docker-peer.ts';
import { fuseOverlayfsPeer } from './fuse-overlayfs-peer.ts';
import { peerModule } from './peer-module.ts';

// Rounds import these by their names, each in a process of its own.
export const fuseOverlayfs: DriverModule = peerModule(fuseOverlayfsPeer);
export const dockerOverlay2: DriverModule = peerModule(dockerPeer('overlay2'));
export const dockerOverlay2Cli: DriverModule = peerModule(dockerPeer('overlay2', 'cli'));
export const dockerBtrfs: DriverModule = peerModule(dockerPeer('btrfs'));
export const dockerVfs: DriverModule = peerModule(dockerPeer('vfs'));
export const dockerFuseOverlayfs: DriverModule = peerModule(dockerPeer('fuse-overlayfs'));
export const containerdOverlayfs: DriverModule = peerModule(containerdPeer('overlayfs'));
export const containerdNative: DriverModule = peerModule(containerdPeer('native'));
export const containerdBtrfs: DriverModule = peerModule(containerdPeer('btrfs'));
export const containersStorageOverlay: DriverModule = peerModule(containersStoragePeer('overlay'));
export const containersStorageVfs: DriverModule = peerModule(containersStoragePeer('vfs'));
export const containersStorageBtrfs: DriverModule = peerModule(containersStoragePeer('btrfs'));
