import { chainIds, digestOfHex } from '@bundle/format';
import { type Holdings, holdingsOfBundle, planOmission } from '../src/images/omission.ts';

const digest = (digit: string) => digestOfHex(digit.repeat(64));
const [base, code, other] = [digest('1'), digest('2'), digest('3')];
const stored = (digit: string) => ({
  digest: digest(digit),
  mediaType: 'application/vnd.oci.image.layer.v1.tar+zstd',
  size: 10,
});
const bundle = holdingsOfBundle({
  images: [
    {
      reference: 'app:1',
      services: [],
      imageId: digest('a'),
      topDigest: digest('b'),
      manifestDigest: digest('b'),
      platform: { os: 'linux', architecture: 'amd64' },
      layers: [
        { ...stored('4'), diffId: base },
        { ...stored('5'), diffId: code },
      ],
    },
  ],
});
const graphDriver: Holdings = { chains: bundle.chains, layers: new Map(), places: [] };

test('nothing is left out without known hosts', () => {
  const plan = planOmission([], [{ diffIds: [base, code] }]);
  expect(plan.omits(base)).toBe(false);
});

test('layers of the base are left out, whether sent uncompressed or as stored', () => {
  const plan = planOmission([bundle], [{ diffIds: [base, other] }]);
  expect(plan.omits(base)).toBe(true);
  expect(plan.omits(digest('4'))).toBe(true);
  expect(plan.omits(other)).toBe(false);
  expect(plan.stored(base)).toEqual(stored('4'));
});

test('a layer on top of a different one than in the base is packed', () => {
  // Graph drivers identify it by its chain ID, which differs there.
  const plan = planOmission([bundle], [{ diffIds: [other, code] }]);
  expect(plan.omits(code)).toBe(false);
});

test('a layer is packed if one of its positions is unknown', () => {
  const plan = planOmission([bundle], [{ diffIds: [base, code] }, { diffIds: [other, code] }]);
  expect(plan.omits(base)).toBe(true);
  expect(plan.omits(code)).toBe(false);
});

test('a graph driver finds a layer whose blob is unknown', () => {
  const plan = planOmission([graphDriver], [{ diffIds: [base, other] }]);
  expect(plan.omits(base)).toBe(true);
  expect(plan.stored(base)).toBeUndefined();
});

test('only layers that all hosts have are left out', () => {
  const less: Holdings = { chains: new Set(chainIds([base])), layers: new Map(), places: [] };
  const plan = planOmission([graphDriver, less], [{ diffIds: [base, code] }]);
  expect(plan.omits(base)).toBe(true);
  expect(plan.omits(code)).toBe(false);
});

test('a containerd host without the blob gets the layer', () => {
  const plan = planOmission([{ ...bundle, blobs: new Set() }], [{ diffIds: [base, code] }]);
  expect(plan.omits(base)).toBe(false);
});
