export { type OverlayFeatures, overlayFeatures } from './kernel-features.ts';
export { knownDeviations } from './known-deviations.ts';
export { Overlay2Layout } from './layout.ts';
export { describePlan, type OverlayOption, planView, type ViewPlan } from './mount-options.ts';
export { overlay2 } from './overlay2-driver.ts';
