/**
 * Bounds on all external input. A bundle is untrusted until it is verified, so each bound is
 * checked before memory or time is spent.
 */
export const limits = {
  /** bundle.json: about 500 bytes per layer and file, so 16 MiB is enough for more than 30,000 of them. */
  maxBundleManifestBytes: 16 * 1024 * 1024,
  /** checksums.sha256 has one line per file, so it is smaller than bundle.json. */
  maxChecksumsBytes: 16 * 1024 * 1024,
  /** OCI image-spec asks registries for 4 MiB of manifest; configs are smaller. */
  maxImageJsonBytes: 4 * 1024 * 1024,
  /** A Compose, spec or env file written by hand is far smaller. */
  maxTextFileBytes: 4 * 1024 * 1024,
  /** YAML: 1 MiB takes the parser two seconds, and Compose files of large applications have 100 kB. */
  maxYamlBytes: 1024 * 1024,
  /** Levels of brackets, and words and signs of YAML: 1 MiB of short lines has 340,000 of these. */
  maxYamlDepth: 100,
  maxYamlParts: 400_000,
  /** Services of a Compose file, and host ports that they publish: two whole ranges, and ten times the largest seen. */
  maxServices: 1000,
  maxPublishedPorts: 200_000,
  /** Signatures and attestations of one bundle: each image of a large one has a few. */
  maxReferrers: 2_000,
  /** Platforms of one bundle besides the first: an image of Docker Hub has at most a dozen. */
  maxFurtherPlatforms: 31,
  /** An inventory: about 500 bytes per layer, and a host has some thousands at most. */
  maxInventoryBytes: 16 * 1024 * 1024,
  /** The Compose and buildx plugins are 75 MB each, unpacked into the state folder. */
  maxPluginBytes: 256 * 1024 * 1024,
  /** Limits for unpacking the source in a bundle: text is compressed to a tenth, seldom to a hundredth. */
  leastSourceBytes: 256 * 1024 * 1024,
  maxSourceRatio: 100,
  /** One configuration file, and all of them together: larger ones are data, not configuration. */
  maxConfigFileBytes: 64 * 1024 * 1024,
  maxConfigFiles: 10_000,
  /** Texts that are scanned for secrets at export, each and together: larger ones are data, and 32 MiB take 3 s. */
  maxScannedFileBytes: 1024 * 1024,
  maxScannedBytes: 32 * 1024 * 1024,
  /** Secrets that one message lists; --json has all of them. */
  maxListedSecrets: 20,
  /** bundle.json.sig: a signature takes 300 bytes to 1.5 kB. */
  maxSignatureBytes: 64 * 1024,
  /** In one file of Sigstore bundles: each is tried with each trusted key, 0.1 ms at a time. */
  maxSigstoreSignatures: 20,
  /** A list of trusted or revoked keys: some thousands of them. */
  maxTrustFileBytes: 1024 * 1024,
  /** Bundles of one sequence that a host remembers in the order of their import: exports of the same images a day for years. */
  maxSeenBundles: 1000,
  /** One entry of a host's log: 1 kB, and the names of 20 signers at most. */
  maxHistoryLineBytes: 16 * 1024,
  /** A receipt of a host, the releases that it tells of, and the receipts that are compared at once. */
  maxReceiptBytes: 1024 * 1024,
  maxReceiptReleases: 1000,
  maxReceipts: 10_000,
  /** Of all receipts that are compared at once: more than 10,000 of them usually take. */
  maxReceiptsBytes: 64 * 1024 * 1024,
  /** Files in a bundle; an image has at most 127 layers on overlay2. */
  maxBundleFiles: 100_000,
  /** In-bundle paths, in bytes of UTF-8: a host puts up to 300 before them, and PATH_MAX is 4096. */
  maxPathBytes: 1024,
  /** One segment of them: NAME_MAX of file systems. */
  maxNameBytes: 255,
  maxPathDepth: 32,
  /** Old layers that one delta needs: the layers of an image that a release replaces, seldom more than three. */
  maxDeltaAncestors: 16,
  /** Objects and arrays of a JSON document: one for a file, two or three for a layer. */
  maxJsonContainers: 200_000,
  /** Levels of a JSON document, and keys of one object in it: documents of bundles and images have a few of each. */
  maxJsonDepth: 100,
  maxJsonKeys: 10_000,
} as const;
