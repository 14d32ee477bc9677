// Elements by atomic number: symbol, name, colour, covalent radius in 0.01 Å, and the row and column
// of the periodic table. Colours are Jmol's (jmol.sourceforge.net/jscolors), radii those of Cordero
// et al., Dalton Trans. 2832 (2008), doi:10.1039/b801115j; 1.60 Å stands for what they do not have.
const ELEMENTS = [
  "H Hydrogen ffffff 31 1 1,He Helium d9ffff 28 1 18,Li Lithium cc80ff 128 2 1",
  "Be Beryllium c2ff00 96 2 2,B Boron ffb5b5 84 2 13,C Carbon 909090 76 2 14",
  "N Nitrogen 3050f8 71 2 15,O Oxygen ff0d0d 66 2 16,F Fluorine 90e050 57 2 17",
  "Ne Neon b3e3f5 58 2 18,Na Sodium ab5cf2 166 3 1,Mg Magnesium 8aff00 141 3 2",
  "Al Aluminium bfa6a6 121 3 13,Si Silicon f0c8a0 111 3 14,P Phosphorus ff8000 107 3 15",
  "S Sulfur ffff30 105 3 16,Cl Chlorine 1ff01f 102 3 17,Ar Argon 80d1e3 106 3 18",
  "K Potassium 8f40d4 203 4 1,Ca Calcium 3dff00 176 4 2,Sc Scandium e6e6e6 170 4 3",
  "Ti Titanium bfc2c7 160 4 4,V Vanadium a6a6ab 153 4 5,Cr Chromium 8a99c7 139 4 6",
  "Mn Manganese 9c7ac7 139 4 7,Fe Iron e06633 132 4 8,Co Cobalt f090a0 126 4 9",
  "Ni Nickel 50d050 124 4 10,Cu Copper c88033 132 4 11,Zn Zinc 7d80b0 122 4 12",
  "Ga Gallium c28f8f 122 4 13,Ge Germanium 668f8f 120 4 14,As Arsenic bd80e3 119 4 15",
  "Se Selenium ffa100 120 4 16,Br Bromine a62929 120 4 17,Kr Krypton 5cb8d1 116 4 18",
  "Rb Rubidium 702eb0 220 5 1,Sr Strontium 00ff00 195 5 2,Y Yttrium 94ffff 190 5 3",
  "Zr Zirconium 94e0e0 175 5 4,Nb Niobium 73c2c9 164 5 5,Mo Molybdenum 54b5b5 154 5 6",
  "Tc Technetium 3b9e9e 147 5 7,Ru Ruthenium 248f8f 146 5 8,Rh Rhodium 0a7d8c 142 5 9",
  "Pd Palladium 006985 139 5 10,Ag Silver c0c0c0 145 5 11,Cd Cadmium ffd98f 144 5 12",
  "In Indium a67573 142 5 13,Sn Tin 668080 139 5 14,Sb Antimony 9e63b5 139 5 15",
  "Te Tellurium d47a00 138 5 16,I Iodine 940094 139 5 17,Xe Xenon 429eb0 140 5 18",
  "Cs Caesium 57178f 244 6 1,Ba Barium 00c900 215 6 2,La Lanthanum 70d4ff 207 9 3",
  "Ce Cerium ffffc7 204 9 4,Pr Praseodymium d9ffc7 203 9 5,Nd Neodymium c7ffc7 201 9 6",
  "Pm Promethium a3ffc7 199 9 7,Sm Samarium 8fffc7 198 9 8,Eu Europium 61ffc7 198 9 9",
  "Gd Gadolinium 45ffc7 196 9 10,Tb Terbium 30ffc7 194 9 11,Dy Dysprosium 1fffc7 192 9 12",
  "Ho Holmium 00ff9c 192 9 13,Er Erbium 00e675 189 9 14,Tm Thulium 00d452 190 9 15",
  "Yb Ytterbium 00bf38 187 9 16,Lu Lutetium 00ab24 187 6 3,Hf Hafnium 4dc2ff 175 6 4",
  "Ta Tantalum 4da6ff 170 6 5,W Tungsten 2194d6 162 6 6,Re Rhenium 267dab 151 6 7",
  "Os Osmium 266696 144 6 8,Ir Iridium 175487 141 6 9,Pt Platinum d0d0e0 136 6 10",
  "Au Gold ffd123 136 6 11,Hg Mercury b8b8d0 132 6 12,Tl Thallium a6544d 145 6 13",
  "Pb Lead 575961 146 6 14,Bi Bismuth 9e4fb5 148 6 15,Po Polonium ab5c00 140 6 16",
  "At Astatine 754f45 150 6 17,Rn Radon 428296 150 6 18,Fr Francium 420066 260 7 1",
  "Ra Radium 007d00 221 7 2,Ac Actinium 70abfa 215 10 3,Th Thorium 00baff 206 10 4",
  "Pa Protactinium 00a1ff 200 10 5,U Uranium 008fff 196 10 6,Np Neptunium 0080ff 190 10 7",
  "Pu Plutonium 006bff 187 10 8,Am Americium 545cf2 180 10 9,Cm Curium 785ce3 169 10 10",
  "Bk Berkelium 8a4fe3 160 10 11,Cf Californium a136d4 160 10 12",
  "Es Einsteinium b31fd4 160 10 13,Fm Fermium b31fba 160 10 14",
  "Md Mendelevium b30da6 160 10 15,No Nobelium bd0d87 160 10 16,Lr Lawrencium c70066 160 7 3",
  "Rf Rutherfordium cc0059 160 7 4,Db Dubnium d1004f 160 7 5,Sg Seaborgium d90045 160 7 6",
  "Bh Bohrium e00038 160 7 7,Hs Hassium e6002e 160 7 8,Mt Meitnerium eb0026 160 7 9",
  "Ds Darmastadtium eb0026 160 7 10,Rg Roentgenium eb0026 160 7 11",
  "Cn Copernicium eb0026 160 7 12,Nh Nihonium eb0026 160 7 13,Fl Flerovium eb0026 160 7 14",
  "Mc Moscovium eb0026 160 7 15,Lv Livermorium eb0026 160 7 16,Ts Tennessine eb0026 160 7 17",
  "Og Oganesson eb0026 160 7 18",
]
  .join(",")
  .split(",")
  .map((line, index) => {
    const [symbol, name, colour, radius, row, column] = line.split(" ");
    return {
      z: index + 1, symbol, name, colour: `#${colour}`,
      radius: radius / 100, row: Number(row), column: Number(column),
    };
  });
const Z_OF = new Map(ELEMENTS.map((element) => [element.symbol, element.z]));
const zOf = (symbol) => Z_OF.get(symbol === "D" || symbol === "T" ? "H" : symbol);
const element = (z) => ELEMENTS[z - 1];
