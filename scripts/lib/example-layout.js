// Puts an image with the name of the example's into an OCI image layout: node example-layout.js FOLDER
import { makeLayout } from '@bundle/testkit';

await makeLayout(process.argv[2], [{ reference: 'nginx:alpine', layers: [{ text: 'nginx' }] }]);
