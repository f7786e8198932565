//! Random choices drawn from a list of numbers, so that proptest can shrink what they lead to: a
//! smaller number is a plainer choice, and a list that has run out gives zeros.

pub struct Dice<'n> {
    numbers: &'n [u16],
    at: usize,
}

impl<'n> Dice<'n> {
    pub fn new(numbers: &'n [u16]) -> Self {
        Self { numbers, at: 0 }
    }

    fn roll(&mut self) -> usize {
        let number = self.numbers.get(self.at).copied().unwrap_or_default();
        self.at += 1;
        usize::from(number)
    }

    /// A number below `bound`.
    pub fn below(&mut self, bound: usize) -> usize {
        self.roll() % bound.max(1)
    }

    /// True in about `percent` of a hundred rolls, false for a zero.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.roll() % 100 >= 100 - percent
    }

    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.below(of.len())]
    }

    /// Each of `of` with this chance, in order.
    pub fn some<T: Clone>(&mut self, of: &[T], percent: usize) -> Vec<T> {
        of.iter().filter(|_| self.chance(percent)).cloned().collect()
    }
}
