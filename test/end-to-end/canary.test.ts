import { keepsSecrets } from '../support/canary-suite.js';

keepsSecrets('off');
