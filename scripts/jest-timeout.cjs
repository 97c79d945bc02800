/* global jest, layerSeconds */
// Jest takes a time-out from its command line or here, but not from a project.
jest.setTimeout(layerSeconds * 1000);
