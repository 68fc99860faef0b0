// Puts an image with the name of the example's into an OCI image layout: node example-layout.js FOLDER [ARCHITECTURE]
import { makeLayout } from '@bundle/testkit';

const [folder, architecture] = process.argv.slice(2);
const image = { reference: 'nginx:alpine', layers: [{ text: 'nginx' }] };
await makeLayout(folder, [{ ...image, ...(architecture && { architecture }) }]);
