import { removeTemporaryFolders } from './folders.js';

after(removeTemporaryFolders);
